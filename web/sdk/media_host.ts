import type { types } from 'mediasoup-client';
import { EarlyNews } from './early_news';
import type { Emitter } from './emitter';
import { MeetingError } from './errors';
import type { LocalPublisher } from './local_media';
import { MediaSession } from './media_session';
import type { MeetingState, Store } from './meeting_state';
import type { MeetingJoined, Viewport } from './protocol';
import type { ConsumerChange, QualityActions } from './quality_events';
import { ReceiveWishes } from './receive_wishes';
import { consumeAll, type MediaActions, type MeetingEvents } from './room_events';
import { hasProducer, NOT_RECEIVED, withMedia } from './roster';
import type { Signaling } from './signaling';
import { isPlace, withPlaceTrack } from './speaker_places';

export interface MediaHostOptions {
  store: Store<MeetingState>;
  events: Emitter<MeetingEvents>;
  publisher: LocalPublisher;
  signaling(): Signaling | null;
  createDevice(): Promise<types.Device>;
  /** The media path cannot be mended: `start` again. */
  onBroken(): void;
}

/** Holds the media session of the moment, and replaces it as a whole when anything about it is lost. */
export class MediaHost {
  /** For the room events: what they want received or no longer received, what is sent and what arrives. */
  readonly actions: MediaActions & QualityActions = {
    consume: (participantId, producer) => void this.session?.consume(participantId, producer),
    forget: (producerId) => {
      this.wishes.forget(producerId, this.session?.consumerOf(producerId));
      this.session?.forget(producerId);
    },
    layersWanted: (producerId, maxSpatialLayer) => this.session?.layersWanted(producerId, maxSpatialLayer),
    consumerChanged: (consumerId, change) => this.consumerChanged(consumerId, change),
    producerScore: (producerId, score) => this.options.publisher.setScore(producerId, score),
  };
  /** How the streams of others are wanted. */
  readonly wishes = new ReceiveWishes({
    consumerOf: (producerId) => this.session?.consumerOf(producerId),
    request: (name, payload) =>
      this.options.signaling()?.request(name, payload) ?? Promise.reject(new MeetingError('disconnected')),
  });
  private earlyChanges = new EarlyNews<ConsumerChange>();
  private session: MediaSession | null = null;
  /** Counts sessions, so that what an older one still finishes is recognised. */
  private epoch = 0;

  constructor(private readonly options: MediaHostOptions) {}

  /** New transports for everything that is sent and received. False when a newer start or a stop came in between. */
  async start(signaling: Signaling, joined: MeetingJoined): Promise<boolean> {
    this.stop();
    const epoch = this.epoch;
    try {
      const device = await this.loadDevice(joined);
      if (epoch !== this.epoch) return false;
      const session = this.open(signaling, joined, device);
      this.session = session;
      consumeAll(this.options.store.get(), this.actions);
      await session.ready();
      const failures = await this.options.publisher.attach(session);
      if (epoch !== this.epoch) return false;
      for (const failure of failures) this.options.events.emit('error', failure);
      return true;
    } catch (error) {
      // Whatever goes wrong in a session that a newer one has replaced is of no interest.
      if (epoch !== this.epoch) return false;
      throw MeetingError.from(error);
    }
  }

  stop(): void {
    this.epoch++;
    this.session?.close();
    this.session = null;
    this.wishes.reset();
    this.earlyChanges = new EarlyNews();
    void this.options.publisher.attach(null);
  }

  /** What is shown of a stream; of one that is gone already, nothing is noted. */
  setViewport(producerId: string, viewport: Viewport): void {
    if (hasProducer(this.options.store.get().participants, producerId))
      this.wishes.setViewport(producerId, viewport);
  }

  async setReceiving(producerId: string, receiving: boolean): Promise<void> {
    await this.session?.setReceiving(producerId, receiving);
  }

  private consumerChanged(consumerId: string, change: ConsumerChange): void {
    const producerId = this.session?.producerOf(consumerId);
    if (!producerId) return this.earlyChanges.put(consumerId, change);
    this.changeMedia(producerId, change);
  }

  private changeMedia(producerId: string, change: Parameters<typeof withMedia>[2]): void {
    const { store } = this.options;
    const { places } = store.get();
    if (isPlace(places, producerId)) {
      if (change.track !== undefined)
        store.update({ places: withPlaceTrack(places, producerId, change.track) });
      return;
    }
    store.update({ participants: withMedia(store.get().participants, producerId, change) });
  }

  private async loadDevice({ rtpCapabilities }: MeetingJoined): Promise<types.Device> {
    const device = await this.options.createDevice();
    await device.load({ routerRtpCapabilities: rtpCapabilities });
    return device;
  }

  private open(
    signaling: Signaling,
    { meetingId, iceServers }: MeetingJoined,
    device: types.Device,
  ): MediaSession {
    const { events, onBroken } = this.options;
    return new MediaSession({
      signaling,
      device,
      meetingId,
      iceServers: iceServers ?? [],
      onTrack: (producerId, track) => this.changeMedia(producerId, track ? { track } : NOT_RECEIVED),
      onConsumer: (producerId, consumerId) => {
        const early = this.earlyChanges.take(consumerId);
        if (early) this.consumerChanged(consumerId, early);
        this.wishes.consumerReady(producerId, consumerId);
      },
      onConsumeFailed: (_producerId, error) => events.emit('error', error),
      onBroken,
    });
  }
}
