import type { MeetingError } from './errors';
import type { LocalMedia } from './local_media';
import type { ConnectionDetails, MediaSource, MeetingInfo, Quality, Role } from './protocol';
import type { Roster } from './roster';
import type { SpeakerPlaces } from './speaker_places';

/**
 * idle: not in a meeting (yet). joining: waiting for the server's yes. joined: in it.
 * reconnecting: the socket is lost, or media is being rebuilt after it came back. ended: over, see `end`.
 */
export type Phase = 'idle' | 'joining' | 'joined' | 'reconnecting' | 'ended';

export interface MeetingEnd {
  readonly reason: 'left' | 'ended-by-host' | 'kicked' | 'replaced' | 'error';
  readonly error?: MeetingError;
}

export interface Self {
  readonly participantId: string;
  readonly userName: string;
  readonly role: Role;
  readonly handRaised: boolean;
  readonly quality: Quality | null;
}

export interface MeetingState {
  readonly phase: Phase;
  readonly meeting: MeetingInfo | null;
  readonly self: Self | null;
  readonly participants: Roster;
  readonly local: Readonly<Partial<Record<MediaSource, LocalMedia>>>;
  /** One's own path to the server in numbers; its level alone is in `self.quality`. */
  readonly connection: ConnectionDetails | null;
  /** Who leads the talk, oneself included. */
  readonly activeSpeaker: string | null;
  /** Where everybody is heard who speaks, if `speakerPlaces` was asked for; empty: over their microphones. */
  readonly places: SpeakerPlaces;
  /** No pictures are received, to save bandwidth. */
  readonly audioOnly: boolean;
  readonly end: MeetingEnd | null;
}

/** Who can be heard how loudly. Apart from the state, as it changes several times a second and few want it. */
export interface Levels {
  readonly levels: ReadonlyMap<string, number>;
}

export const INITIAL_STATE: MeetingState = {
  phase: 'idle',
  meeting: null,
  self: null,
  participants: new Map(),
  local: {},
  connection: null,
  activeSpeaker: null,
  places: [],
  audioOnly: false,
  end: null,
};

/** An observable value; `get` returns the same object until something changed (fit for useSyncExternalStore). */
export class Store<T extends object> {
  private readonly listeners = new Set<() => void>();

  constructor(private state: T) {}

  readonly get = (): T => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  update(change: Partial<T>): void {
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) listener();
  }
}
