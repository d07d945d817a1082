import type { types } from 'mediasoup-client';
import type { Emitter } from './emitter';
import { MeetingError } from './errors';
import type { LocalPublisher } from './local_media';
import { MediaSession } from './media_session';
import type { MeetingState, Store } from './meeting_state';
import type { MeetingJoined } from './protocol';
import { consumeAll, type MediaActions, type MeetingEvents } from './room_events';
import { withMedia } from './roster';
import type { Signaling } from './signaling';

export interface MediaHostOptions {
  store: Store<MeetingState>;
  events: Emitter<MeetingEvents>;
  publisher: LocalPublisher;
  createDevice(): Promise<types.Device>;
  /** The media path cannot be mended: `start` again. */
  onBroken(): void;
}

/** Holds the media session of the moment, and replaces it as a whole when anything about it is lost. */
export class MediaHost {
  /** For the room events: what they want received or no longer received. */
  readonly actions: MediaActions = {
    consume: (participantId, producer) => void this.session?.consume(participantId, producer),
    forget: (producerId) => this.session?.forget(producerId),
  };
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
    void this.options.publisher.attach(null);
  }

  async setReceiving(producerId: string, receiving: boolean): Promise<void> {
    await this.session?.setReceiving(producerId, receiving);
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
    const { store, events, onBroken } = this.options;
    return new MediaSession({
      signaling,
      device,
      meetingId,
      iceServers: iceServers ?? [],
      onTrack: (producerId, track) =>
        store.update({ participants: withMedia(store.get().participants, producerId, { track }) }),
      onConsumeFailed: (_producerId, error) => events.emit('error', error),
      onBroken,
    });
  }
}
