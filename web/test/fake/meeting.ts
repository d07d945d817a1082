import {
  MeetingError,
  type MeetingErrorCode,
  type MeetingEvents,
  type MeetingState,
  type Participant,
  type Viewport,
} from '@kcs-meet/sdk';
import { Emitter } from '../../sdk/emitter';
import { INITIAL_STATE, Store } from '../../sdk/meeting_state';
import { fakeCamera, fakeScreen, fakeVoice } from './actors';

export interface Scene {
  people: number;
  share: boolean;
  hands: number;
  lost: boolean;
  /** One's own connection: `poor`, `upload` or `download` (which direction is poor), otherwise very good. */
  link: string;
  /** Who leads the talk. */
  active: string | null;
  /** So many pictures are paused to keep the sound. */
  paused: number;
  audioOnly: boolean;
  password: string;
  refuse: MeetingErrorCode | null;
}

const NAMES = [
  'Amara Okafor',
  'Jonas Weber',
  'Mei-Lin Chen',
  'Sofia García',
  'Tomasz Nowak',
  'Leila Haddad',
  'Ben',
  'Priya Raghunathan-Iyer',
  'Oskar Lindqvist',
  'Chloé Dubois',
  'Kenji Sato',
  'Fatima Zahra',
];

const PAUSED = { spatialLayer: null, temporalLayer: null, reason: 'bandwidth' } as const;

/** Behaves like the SDK's Meeting, with people made up. */
export class FakeMeeting {
  private readonly store = new Store<MeetingState>(INITIAL_STATE);
  private readonly events = new Emitter<MeetingEvents>();
  readonly getState = this.store.get;
  readonly subscribe = this.store.subscribe;
  readonly on = this.events.on.bind(this.events);

  constructor(private readonly scene: Scene) {}

  async connect(): Promise<void> {}

  async join({ meetingId, password }: { meetingId: string; password?: string }): Promise<void> {
    await new Promise((done) => setTimeout(done, 120));
    if (this.scene.refuse) throw new MeetingError(this.scene.refuse);
    if (this.scene.password && password !== this.scene.password) throw new MeetingError('wrong-password');
    const { link, active, audioOnly } = this.scene;
    const poor = link !== '';
    const title = new URLSearchParams(window.location.search).get('title') ?? 'Team standup';
    this.store.update({
      phase: this.scene.lost ? 'reconnecting' : 'joined',
      meeting: { id: meetingId, meeting_title: title },
      self: {
        participantId: 'me',
        userName: 'Alex',
        role: 'host',
        handRaised: false,
        quality: poor ? 'poor' : 'excellent',
      },
      connection: {
        quality: poor ? 'poor' : 'excellent',
        score: poor ? 0.3 : 0.96,
        rtt: poor ? 312 : 38,
        jitter: poor ? 41 : 3,
        loss: poor ? 0.062 : 0.0004,
        availableOutgoingBitrate: poor ? 420_000 : 4_800_000,
        ...(link === 'upload' && { upload: 'poor', download: 'good' }),
        ...(link === 'download' && { upload: 'good', download: 'poor' }),
      },
      activeSpeaker: active,
      audioOnly,
      participants: new Map(
        Array.from({ length: this.scene.people - 1 }, (_, index) => [`p${index}`, this.person(index)]),
      ),
    });
    Object.assign(window, { fakeMeeting: this });
  }

  async publish(
    track: MediaStreamTrack,
    { source, paused = false }: { source: 'camera'; paused?: boolean },
  ): Promise<void> {
    this.local({ [source]: { source, track, paused, score: null } });
  }

  async unpublish(source: 'screen'): Promise<void> {
    const { [source]: _gone, ...rest } = this.getState().local;
    this.store.update({ local: rest });
  }

  async replaceTrack(source: 'camera', track: MediaStreamTrack | null): Promise<void> {
    this.local({ [source]: { ...this.getState().local[source]!, track } });
  }

  async mute(source: 'camera'): Promise<void> {
    this.local({ [source]: { ...this.getState().local[source]!, paused: true } });
  }

  async unmute(source: 'camera'): Promise<void> {
    this.local({ [source]: { ...this.getState().local[source]!, paused: false } });
  }

  async setReceiving(): Promise<void> {}

  /** What the page said it shows, for looking at. */
  readonly viewports = new Map<string, Viewport>();

  setViewport(producerId: string, viewport: Viewport): void {
    this.viewports.set(producerId, viewport);
  }

  async setAudioOnly(audioOnly: boolean): Promise<void> {
    this.store.update({ audioOnly });
  }

  /** For the screenshots: somebody else leads the talk. */
  speak(activeSpeaker: string | null): void {
    this.store.update({ activeSpeaker });
  }

  async raiseHand(raised: boolean): Promise<void> {
    this.store.update({ self: { ...this.getState().self!, handRaised: raised } });
  }

  async react(reaction: string): Promise<void> {
    this.events.emit('reaction', { participantId: 'me', userName: 'Alex', reaction });
  }

  async leave(): Promise<void> {
    this.store.update({ phase: 'ended', end: { reason: 'left' } });
  }

  /** For the screenshots: makes something happen. */
  emit<Name extends keyof MeetingEvents>(name: Name, payload: MeetingEvents[Name]): void {
    this.events.emit(name, payload);
  }

  private local(change: MeetingState['local']): void {
    this.store.update({ local: { ...this.getState().local, ...change } });
  }

  private person(index: number): Participant {
    const speaks = index === 1;
    const cameraOff = index % 4 === 2;
    const muted = !speaks && index % 3 !== 0;
    return {
      participantId: `p${index}`,
      userName: NAMES[index % NAMES.length]!,
      role: index === 3 ? 'co-host' : 'participant',
      handRaised: index < this.scene.hands,
      quality: index === 4 ? 'poor' : index === 0 ? 'good' : 'excellent',
      media: {
        ...(!cameraOff && {
          camera: {
            producerId: `c${index}`,
            kind: 'video',
            source: 'camera',
            paused: false,
            track: fakeCamera(index),
            layers: index < this.scene.paused ? PAUSED : null,
            score: null,
          },
        }),
        microphone: {
          producerId: `m${index}`,
          kind: 'audio',
          source: 'microphone',
          paused: muted,
          track: speaks ? fakeVoice(index) : null,
          layers: null,
          score: null,
        },
        ...(this.scene.share &&
          index === 0 && {
            screen: {
              producerId: 's0',
              kind: 'video',
              source: 'screen',
              paused: false,
              track: fakeScreen(),
              layers: null,
              score: null,
            },
          }),
      },
    };
  }
}
