import type { types } from 'mediasoup-client';
import { Emitter } from './emitter';
import { MeetingError } from './errors';
import { LocalPublisher } from './local_media';
import { MediaHost } from './media_host';
import type { PublishOptions } from './media_session';
import {
  INITIAL_STATE,
  Store,
  type Levels,
  type MeetingEnd,
  type MeetingState,
  type Phase,
} from './meeting_state';
import type {
  MediaSource,
  MeetingJoined,
  PreferredLayers,
  RequestName,
  Requests,
  ServerEventName,
  Viewport,
} from './protocol';
import { qualityHandlers } from './quality_events';
import { roomHandlers, type MeetingEvents } from './room_events';
import { participantFrom, rosterFrom, withoutStreams, withoutTracks } from './roster';
import { Signaling, type SocketLike } from './signaling';
import { placesFrom, withoutPlaceTracks } from './speaker_places';
import { openDevice, openSocket, watchNetwork } from './platform';
import { readToken } from './token';

export interface MeetingOptions {
  createSocket?: (url: string, token: string) => SocketLike | Promise<SocketLike>;
  createDevice?: () => Promise<types.Device>;
  watchNetwork?: typeof watchNetwork;
  requestTimeoutMs?: number;
}

export interface JoinOptions {
  meetingId: string;
  password?: string;
  /**
   * Hear who speaks over `getState().places` instead of over each one's microphone, where the server has such places:
   * a few tracks, however many people have a microphone.
   */
  speakerPlaces?: boolean;
}

/** How long leaving waits for the server's answer before it hangs up. */
const LEAVE_PATIENCE_MS = 800;
const RETRY_MS = 1_000;

/**
 * One stay in one meeting: `connect`, `join`, `publish`, `leave`. What is the case is in the state (`getState`,
 * `subscribe`), what just happened comes as events (`on`). After a lost socket, a lost media path or a lost media
 * worker it puts everything back by itself.
 */
export class Meeting {
  private readonly store = new Store<MeetingState>(INITIAL_STATE);
  private readonly levels = new Store<Levels>({ levels: new Map() });
  private readonly events = new Emitter<MeetingEvents>();
  private readonly publisher = new LocalPublisher(
    () => this.signaling,
    () => this.store.update({ local: this.publisher.snapshot() }),
    (source) => this.localTrackEnded(source),
  );
  private readonly media = new MediaHost({
    store: this.store,
    events: this.events,
    publisher: this.publisher,
    signaling: () => this.signaling,
    createDevice: () => (this.options.createDevice ?? openDevice)(),
    onBroken: () => void this.rebuildMedia(),
  });
  private signaling: Signaling | null = null;
  private joinOptions: JoinOptions | null = null;
  private joined: MeetingJoined | null = null;
  private claimedName = '';
  /** Room events that overtook the answer to the join; null while they can be applied at once. */
  private early: Array<() => void> | null = [];
  private unwatchNetwork = () => {};
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: MeetingOptions = {}) {}

  readonly getState = (): MeetingState => this.store.get();
  readonly subscribe = (listener: () => void): (() => void) => this.store.subscribe(listener);

  /** Who can be heard how loudly (participant id -> dBov), some times a second. Who is missing is silent. */
  readonly getLevels = (): ReadonlyMap<string, number> => this.levels.get().levels;
  readonly subscribeLevels = (listener: () => void): (() => void) => this.levels.subscribe(listener);

  on<Name extends keyof MeetingEvents>(
    name: Name,
    listener: (payload: MeetingEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** Opens the connection. `url` is the server's address; empty means the page's own. */
  async connect(url: string, token: string): Promise<void> {
    const socket = await (this.options.createSocket ?? openSocket)(url, token);
    this.claimedName = readToken(token)?.name ?? readToken(token)?.sub ?? '';
    const signaling = new Signaling(socket, this.options.requestTimeoutMs);
    await signaling.open();
    this.signaling = signaling;
    this.listen(signaling);
    this.unwatchNetwork = (this.options.watchNetwork ?? watchNetwork)(
      () => this.networkChanged(false),
      () => this.networkChanged(true),
    );
  }

  /** Enters the meeting. After a failure (a wrong password, say) it may be called again. */
  async join(options: JoinOptions): Promise<void> {
    if (this.phase !== 'idle') throw new MeetingError('invalid-state', `join while ${this.phase}`);
    this.joinOptions = options;
    this.store.update({ phase: 'joining' });
    try {
      await this.enter();
      if (await this.startMedia()) this.store.update({ phase: 'joined' });
    } catch (error) {
      this.abandonJoin();
      throw MeetingError.from(error);
    }
  }

  publish(track: MediaStreamTrack, options: PublishOptions): Promise<void> {
    return this.publisher.publish(track, options);
  }

  unpublish(source: MediaSource): Promise<void> {
    return this.publisher.unpublish(source);
  }

  mute(source: MediaSource): Promise<void> {
    return this.publisher.setPaused(source, true);
  }

  unmute(source: MediaSource): Promise<void> {
    return this.publisher.setPaused(source, false);
  }

  replaceTrack(source: MediaSource, track: MediaStreamTrack | null): Promise<void> {
    return this.publisher.replaceTrack(source, track);
  }

  async raiseHand(raised: boolean): Promise<void> {
    await this.request('raise-hand', { meetingId: this.meetingId, raised });
  }

  async react(reaction: string): Promise<void> {
    await this.request('send-reaction', { meetingId: this.meetingId, reaction });
  }

  /** Stops or continues receiving a stream that is not shown at the moment. */
  async setReceiving(producerId: string, receiving: boolean): Promise<void> {
    await this.media.setReceiving(producerId, receiving);
  }

  /**
   * Says how large a picture is shown (in device pixels) and whether it can be seen at all: no more is received than
   * that. Cheap to call; only changes are sent, several together, about four times a second.
   */
  setViewport(producerId: string, viewport: Viewport): void {
    this.media.setViewport(producerId, viewport);
  }

  /** The most that is wanted of a picture, whatever the link could carry. */
  setPreferredLayers(producerId: string, layers: PreferredLayers): Promise<void> {
    return this.media.wishes.setPreferredLayers(producerId, layers);
  }

  /** How important a stream is when the link cannot carry all of them: 1 to 255, the most important is 255. */
  setPriority(producerId: string, priority: number): Promise<void> {
    return this.media.wishes.setPriority(producerId, priority);
  }

  /** Sound only: no picture is received until this is taken back. Also said while the connection is away. */
  async setAudioOnly(enabled: boolean): Promise<void> {
    const { audioOnly: before } = this.store.get();
    this.store.update({ audioOnly: enabled });
    if (this.phase !== 'joined' && this.phase !== 'reconnecting') return;
    try {
      await this.tellAudioOnly();
    } catch (error) {
      this.store.update({ audioOnly: before });
      throw error;
    }
  }

  /** Any other request of the wire contract. */
  request<Name extends RequestName>(
    name: Name,
    payload: Requests[Name]['sends'],
  ): Promise<Requests[Name]['gets']> {
    return this.signaling?.request(name, payload) ?? Promise.reject(new MeetingError('disconnected'));
  }

  async leave(): Promise<void> {
    const { signaling } = this;
    const goodbye = this.joined ? this.request('leave-meeting', { meetingId: this.meetingId }) : null;
    this.finish({ reason: 'left' }, false);
    const patience = new Promise((done) => setTimeout(done, goodbye ? LEAVE_PATIENCE_MS : 0));
    await Promise.race([goodbye?.catch(() => {}), patience]);
    signaling?.close();
  }

  private get phase(): Phase {
    return this.store.get().phase;
  }

  private get meetingId(): string {
    return this.joinOptions?.meetingId ?? '';
  }

  /** A join that failed half-way must not leave a silent participant behind. */
  private abandonJoin(): void {
    if (this.joined) void this.request('leave-meeting', { meetingId: this.meetingId }).catch(() => {});
    this.joined = null;
    this.media.stop();
    if (this.phase === 'joining') this.store.update({ phase: 'idle', self: null, participants: new Map() });
  }

  private async enter(): Promise<void> {
    const { meetingId, password, speakerPlaces } = this.joinOptions!;
    this.early ??= [];
    const joined = await this.request('join-meeting', {
      meetingId,
      ...(password && { meeting_password: password }),
      ...(speakerPlaces && { speakerPlaces }),
    });
    if (this.phase === 'ended') throw new MeetingError('left');
    this.joined = joined;
    const own = joined.participants.find((info) => info.participantId === joined.participantId);
    const self = own ?? {
      participantId: joined.participantId,
      userName: this.claimedName,
      role: 'participant' as const,
    };
    const { quality, handRaised, userName, role } = participantFrom(self);
    this.levels.update({ levels: new Map() });
    this.store.update({
      connection: null,
      activeSpeaker: null,
      meeting: joined.meeting,
      self: { participantId: joined.participantId, userName, role, handRaised, quality },
      participants: rosterFrom(joined.participants, joined.participantId),
      places: placesFrom(joined.speakerPlaces),
    });
    const early = this.early ?? [];
    this.early = null;
    for (const apply of early) apply();
  }

  private async startMedia(): Promise<boolean> {
    if (!this.signaling || !this.joined) throw new MeetingError('left');
    // The server serves requests in their order: it knows before the first picture is asked for.
    if (this.store.get().audioOnly) void this.tellAudioOnly().catch(() => {});
    return this.media.start(this.signaling, this.joined);
  }

  /** A lost socket is no failure here: it is said again with the new one. */
  private async tellAudioOnly(): Promise<void> {
    const { audioOnly: enabled } = this.store.get();
    try {
      await this.request('set-audio-only', { meetingId: this.meetingId, enabled });
    } catch (error) {
      if (!(error instanceof MeetingError && error.code === 'disconnected')) throw error;
    }
  }

  private async rebuildMedia(): Promise<void> {
    if (this.phase !== 'joined' && this.phase !== 'reconnecting') return;
    const { participants, places } = this.store.get();
    this.store.update({
      phase: 'reconnecting',
      participants: withoutTracks(participants),
      places: withoutPlaceTracks(places),
    });
    try {
      if (await this.startMedia()) this.store.update({ phase: 'joined' });
    } catch (error) {
      this.recoverFrom(error, () => void this.rebuildMedia());
    }
  }

  private async reenter(): Promise<void> {
    if (this.phase !== 'reconnecting') return;
    try {
      await this.enter();
    } catch (error) {
      // With a new socket there is no doubt whether the server took this one's join for done.
      return this.recoverFrom(error, () => this.signaling?.reopen());
    }
    await this.rebuildMedia();
  }

  /** Decides after a failed comeback: wait for the socket, try again, or accept that it is over. */
  private recoverFrom(error: unknown, again: () => void): void {
    const failure = MeetingError.from(error);
    if (this.phase === 'ended' || failure.code === 'disconnected') return;
    const passing = ['timeout', 'unavailable', 'rate-limited', 'internal', 'invalid-state'].includes(
      failure.code,
    );
    if (!passing) return this.finish({ reason: 'error', error: failure });
    clearTimeout(this.retry);
    this.retry = setTimeout(again, RETRY_MS);
  }

  private listen(signaling: Signaling): void {
    const { store, levels, events } = this;
    const { actions } = this.media;
    const handlers = { ...roomHandlers(store, events, actions), ...qualityHandlers(store, levels, actions) };
    for (const name of Object.keys(handlers) as ServerEventName[]) {
      const handler = handlers[name] as (payload: unknown) => void;
      signaling.on(name, (payload) =>
        this.early ? this.early.push(() => handler(payload)) : handler(payload),
      );
    }
    signaling.on('participant-left', ({ participantId, reason }) => {
      const thrownOut =
        participantId === this.store.get().self?.participantId &&
        (reason === 'kicked' || reason === 'replaced');
      if (thrownOut) this.finish({ reason });
    });
    signaling.on('meeting-ended', () => this.finish({ reason: 'ended-by-host' }));
    signaling.on('media-reset', () => {
      this.store.update({ participants: withoutStreams(this.store.get().participants) });
      void this.rebuildMedia();
    });
    signaling.onConnect(() => void this.reenter());
    signaling.onDisconnect((reason) => this.socketLost(reason));
    signaling.onConnectError((error) => {
      // Anything but a refusal is a matter of time: the socket keeps trying.
      if (error.code !== 'unreachable') this.finish({ reason: 'error', error });
    });
  }

  private socketLost(reason: string): void {
    if (this.phase !== 'joined' && this.phase !== 'reconnecting') return;
    clearTimeout(this.retry);
    this.early = [];
    this.store.update({ phase: 'reconnecting' });
    // A server that hangs up on purpose is not called again by Socket.IO itself.
    if (reason === 'io server disconnect') this.retry = setTimeout(() => this.signaling?.reopen(), RETRY_MS);
  }

  /** Gone: the socket is dead, whatever it thinks. Back: no reason to wait for its next attempt. */
  private networkChanged(online: boolean): void {
    const inMeeting = this.phase === 'joined' || this.phase === 'reconnecting';
    if (inMeeting && this.signaling?.connected !== online) this.signaling?.reopen();
  }

  private localTrackEnded(source: MediaSource): void {
    if (source === 'screen' || source === 'screen-audio') void this.unpublish(source).catch(() => {});
    this.events.emit('local-track-ended', { source });
  }

  private finish(end: MeetingEnd, hangUp = true): void {
    if (this.phase === 'ended') return;
    clearTimeout(this.retry);
    this.unwatchNetwork();
    this.media.stop();
    this.store.update({ phase: 'ended', end, participants: new Map(), places: [] });
    if (hangUp) this.signaling?.close();
  }
}
