import { defaultSource } from './defaults';
import type {
  MediaKind,
  MediaSource,
  ParticipantInfo,
  ProducerInfo,
  Quality,
  ReceivedLayers,
  Role,
} from './protocol';

/** One stream of somebody else. `track` is null until it can be played, and again once it is gone. */
export interface RemoteMedia {
  readonly producerId: string;
  readonly kind: MediaKind;
  readonly source: MediaSource;
  readonly paused: boolean;
  readonly track: MediaStreamTrack | null;
  /** What of it arrives, and why not more; null until the server has said so. */
  readonly layers: ReceivedLayers | null;
  /** How well it arrives, 0 to 10; null until the server has said so. */
  readonly score: number | null;
}

export interface Participant {
  readonly participantId: string;
  readonly userName: string;
  readonly role: Role;
  readonly handRaised: boolean;
  readonly quality: Quality | null;
  readonly media: Readonly<Partial<Record<MediaSource, RemoteMedia>>>;
}

/** The other participants, in the order in which they came. Never changed in place: every change is a new map. */
export type Roster = ReadonlyMap<string, Participant>;

export function participantFrom(info: ParticipantInfo): Participant {
  const media: Partial<Record<MediaSource, RemoteMedia>> = {};
  for (const producer of info.producers ?? []) {
    const source = sourceOf(producer, media);
    media[source] = remoteMedia(producer, source);
  }
  return {
    participantId: info.participantId,
    userName: info.userName,
    role: info.role,
    handRaised: info.handRaised ?? false,
    quality: null,
    media,
  };
}

export function rosterFrom(infos: readonly ParticipantInfo[], selfId: string): Roster {
  return new Map(
    infos
      .filter((info) => info.participantId !== selfId)
      .map((info) => [info.participantId, participantFrom(info)]),
  );
}

export function withParticipant(roster: Roster, participant: Participant): Roster {
  return new Map(roster).set(participant.participantId, participant);
}

export function withoutParticipant(roster: Roster, participantId: string): Roster {
  const next = new Map(roster);
  next.delete(participantId);
  return next;
}

export function changed(roster: Roster, participantId: string, change: Partial<Participant>): Roster {
  const participant = roster.get(participantId);
  return participant ? withParticipant(roster, { ...participant, ...change }) : roster;
}

/** Adds a stream; one that is known already (the join names it, then `new-producer` does) stays as it is. */
export function withProducer(roster: Roster, participantId: string, info: ProducerInfo): Roster {
  const participant = roster.get(participantId);
  if (!participant || findMedia(participant, info.producerId)) return roster;
  const source = sourceOf(info, participant.media);
  return changed(roster, participantId, {
    media: { ...participant.media, [source]: remoteMedia(info, source) },
  });
}

export function withoutProducer(roster: Roster, producerId: string): Roster {
  const found = findProducer(roster, producerId);
  if (!found) return roster;
  const media = { ...found.participant.media };
  delete media[found.media.source];
  return changed(roster, found.participant.participantId, { media });
}

export function withMedia(
  roster: Roster,
  producerId: string,
  change: Partial<Pick<RemoteMedia, 'paused' | 'track' | 'layers' | 'score'>>,
): Roster {
  const found = findProducer(roster, producerId);
  if (!found) return roster;
  const media = { ...found.participant.media, [found.media.source]: { ...found.media, ...change } };
  return changed(roster, found.participant.participantId, { media });
}

/** Everybody stays, and sends nothing: the server has lost all streams. Who sends will announce new ones. */
export function withoutStreams(roster: Roster): Roster {
  return new Map([...roster].map(([id, participant]) => [id, { ...participant, media: {} }]));
}

/** What is known of a stream that does not arrive. */
export const NOT_RECEIVED = { track: null, layers: null, score: null } as const;

/** Everybody stays, but no stream can be played: the transports they came through are gone. */
export function withoutTracks(roster: Roster): Roster {
  let next = roster;
  for (const { producerId } of allMedia(roster)) next = withMedia(next, producerId, NOT_RECEIVED);
  return next;
}

export function hasProducer(roster: Roster, producerId: string): boolean {
  return findProducer(roster, producerId) !== undefined;
}

export function allMedia(roster: Roster): Array<RemoteMedia & { participantId: string }> {
  return [...roster.values()].flatMap(({ participantId, media }) =>
    Object.values(media).map((item) => ({ ...item, participantId })),
  );
}

function findProducer(roster: Roster, producerId: string) {
  for (const participant of roster.values()) {
    const media = findMedia(participant, producerId);
    if (media) return { participant, media };
  }
  return undefined;
}

function findMedia(participant: Participant, producerId: string): RemoteMedia | undefined {
  return Object.values(participant.media).find((media) => media.producerId === producerId);
}

function remoteMedia(info: ProducerInfo, source: MediaSource): RemoteMedia {
  const { producerId, kind, paused = false } = info;
  return { producerId, kind, source, paused, ...NOT_RECEIVED };
}

/** Clients of the reference do not name the source: their first video is the camera, a second one the screen. */
function sourceOf(info: ProducerInfo, media: Participant['media']): MediaSource {
  if (info.source) return info.source;
  const first = defaultSource(info.kind);
  if (!media[first]) return first;
  return info.kind === 'audio' ? 'screen-audio' : 'screen';
}
