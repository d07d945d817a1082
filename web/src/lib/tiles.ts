import type { MeetingState, Participant, Quality, RemoteMedia, Role } from '@kcs-meet/sdk';

/** What one tile shows: a person, or the screen of a person. */
export interface TileModel {
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly isSelf: boolean;
  /** Whether they send a picture, wherever it gets to. */
  readonly cameraOn: boolean;
  /** Null while there is no picture to show. */
  readonly video: MediaStreamTrack | null;
  /** The link could not carry this picture and the sound. */
  readonly pausedForSound: boolean;
  readonly audio: MediaStreamTrack | null;
  readonly muted: boolean;
  readonly handRaised: boolean;
  readonly quality: Quality | null;
  readonly cameraProducerId: string | null;
}

export interface ScreenModel {
  readonly participantId: string;
  readonly producerId: string;
  readonly name: string;
  readonly video: MediaStreamTrack | null;
  readonly pausedForSound: boolean;
  /** Pictures are not received at all. */
  readonly soundOnly: boolean;
}

type PeopleState = Pick<MeetingState, 'self' | 'local' | 'participants' | 'places' | 'audioOnly'>;

const live = (media: RemoteMedia | undefined) => (media && !media.paused ? media.track : null);

function isPausedForSound(media: RemoteMedia | undefined): boolean {
  const layers = media && !media.paused ? media.layers : null;
  return layers?.spatialLayer === null && layers.reason === 'bandwidth';
}

/** Everybody in the meeting, oneself first. */
export function tilesOf({ self, local, participants, places, audioOnly }: PeopleState): TileModel[] {
  const voices = new Map(places.map(({ participantId, track }) => [participantId, track]));
  const tiles = [...participants.values()].map((participant) =>
    tileOf(participant, voices.get(participant.participantId) ?? null, audioOnly),
  );
  if (!self) return tiles;
  const camera = local.camera && !local.camera.paused ? local.camera.track : null;
  return [
    {
      participantId: self.participantId,
      name: self.userName,
      role: self.role,
      isSelf: true,
      cameraOn: camera !== null,
      video: camera,
      pausedForSound: false,
      audio: local.microphone?.track ?? null,
      muted: local.microphone?.paused ?? true,
      handRaised: self.handRaised,
      quality: self.quality,
      cameraProducerId: null,
    },
    ...tiles,
  ];
}

/** `voice`: of the speaker place that somebody is at. */
function tileOf(participant: Participant, voice: MediaStreamTrack | null, audioOnly: boolean): TileModel {
  const { participantId, userName, role, handRaised, quality, media } = participant;
  return {
    participantId,
    name: userName,
    role,
    isSelf: false,
    cameraOn: media.camera !== undefined && !media.camera.paused,
    video: audioOnly ? null : live(media.camera),
    pausedForSound: !audioOnly && isPausedForSound(media.camera),
    audio: live(media.microphone) ?? voice,
    muted: media.microphone?.paused ?? true,
    handRaised,
    quality,
    cameraProducerId: media.camera?.producerId ?? null,
  };
}

/** The screens others share, the latest last. */
export function screensOf({
  participants,
  audioOnly,
}: Pick<PeopleState, 'participants' | 'audioOnly'>): ScreenModel[] {
  return [...participants.values()].flatMap(({ participantId, userName: name, media: { screen } }) => {
    if (!screen) return [];
    const { producerId } = screen;
    const video = audioOnly ? null : live(screen);
    const pausedForSound = !audioOnly && isPausedForSound(screen);
    return [{ participantId, producerId, name, video, pausedForSound, soundOnly: audioOnly }];
  });
}

/** Everything that is to be heard. */
export function soundsOf({
  participants,
  places,
}: Pick<PeopleState, 'participants' | 'places'>): Array<{ key: string; track: MediaStreamTrack }> {
  const streams = [...participants.values()].flatMap(({ media }) => [
    media.microphone,
    media['screen-audio'],
  ]);
  return [...streams, ...places].flatMap((item) =>
    item?.track ? [{ key: item.producerId, track: item.track }] : [],
  );
}

/** Whoever leads the talk counts as speaking also while they draw breath. */
export function withActive(speakers: ReadonlySet<string>, activeSpeaker: string | null): ReadonlySet<string> {
  return activeSpeaker === null ? speakers : new Set([...speakers, activeSpeaker]);
}

/** Who has spoken within this time keeps their place: a lively talk must not shuffle the tiles. */
const SETTLED_MS = 5_000;

/**
 * Keeps the order of the people steady, but brings who speaks to the first page, in the place of the one there
 * who has been silent longest. Oneself stays first. `lastSpoke` and `now` are in milliseconds.
 */
export function promoteSpeakers(
  order: readonly string[],
  speaking: ReadonlySet<string>,
  lastSpoke: ReadonlyMap<string, number>,
  firstPage: number,
  now: number,
): string[] {
  const next = [...order];
  const silentSince = (id: string) => lastSpoke.get(id) ?? -Infinity;
  for (const id of next.slice(firstPage)) {
    if (!speaking.has(id)) continue;
    const silent = next
      .slice(1, firstPage)
      .filter((candidate) => !speaking.has(candidate) && now - silentSince(candidate) > SETTLED_MS)
      .reduce<string | null>((a, b) => (a !== null && silentSince(a) <= silentSince(b) ? a : b), null);
    if (silent === null) break;
    const from = next.indexOf(id);
    const to = next.indexOf(silent);
    [next[from], next[to]] = [silent, id];
  }
  return next;
}
