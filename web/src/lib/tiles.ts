import type { MeetingState, Participant, Quality, RemoteMedia, Role } from '@kcs-meet/sdk';

/** What one tile shows: a person, or the screen of a person. */
export interface TileModel {
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly isSelf: boolean;
  /** Null while the camera is off or its picture has not come yet. */
  readonly video: MediaStreamTrack | null;
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
}

const live = (media: RemoteMedia | undefined) => (media && !media.paused ? media.track : null);

/** Everybody in the meeting, oneself first. */
export function tilesOf({ self, local, participants }: MeetingState): TileModel[] {
  const tiles = [...participants.values()].map(tileOf);
  if (!self) return tiles;
  const camera = local.camera && !local.camera.paused ? local.camera.track : null;
  return [
    {
      participantId: self.participantId,
      name: self.userName,
      role: self.role,
      isSelf: true,
      video: camera,
      audio: local.microphone?.track ?? null,
      muted: local.microphone?.paused ?? true,
      handRaised: self.handRaised,
      quality: self.quality,
      cameraProducerId: null,
    },
    ...tiles,
  ];
}

function tileOf({ participantId, userName, role, handRaised, quality, media }: Participant): TileModel {
  return {
    participantId,
    name: userName,
    role,
    isSelf: false,
    video: live(media.camera),
    audio: live(media.microphone),
    muted: media.microphone?.paused ?? true,
    handRaised,
    quality,
    cameraProducerId: media.camera?.producerId ?? null,
  };
}

/** The screens others share, the latest last. */
export function screensOf({ participants }: MeetingState): ScreenModel[] {
  return [...participants.values()].flatMap(({ participantId, userName, media }) =>
    media.screen
      ? [{ participantId, producerId: media.screen.producerId, name: userName, video: live(media.screen) }]
      : [],
  );
}

/** Everything that is to be heard. */
export function soundsOf({ participants }: MeetingState): Array<{ key: string; track: MediaStreamTrack }> {
  return [...participants.values()].flatMap(({ media }) =>
    [media.microphone, media['screen-audio']].flatMap((item) =>
      item?.track ? [{ key: item.producerId, track: item.track }] : [],
    ),
  );
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
