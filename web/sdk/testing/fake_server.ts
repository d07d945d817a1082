import * as fakeParameters from 'mediasoup-client/fakeParameters';
import { FakeHandler } from 'mediasoup-client/handlers/FakeHandler';
import { Device, type types } from 'mediasoup-client';
import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import type {
  Consumed,
  MeetingJoined,
  ParticipantInfo,
  ReceivedLayers,
  RequestName,
  ServerEventName,
  ServerEvents,
} from '../protocol';
import type { SocketLike } from '../signaling';
import { FakeSender } from './fake_sender';

type Payload = Record<string, unknown>;
type Answer = (payload: Payload) => Payload | Promise<Payload>;

/** A server of one client, in memory: records every request and answers the way the contract says. */
export class FakeServer {
  readonly requests: Array<{ event: string; payload: Payload }> = [];
  readonly socket = new FakeSocket(this);
  participants: ParticipantInfo[] = [];
  speakerPlaces: string[] = [];
  /** Told of each picture in the same breath as the answer to `consume`. */
  announceLayers: ReceivedLayers | null = null;
  refuseConnection: (Error & { data?: unknown }) | null = null;
  private readonly overrides = new Map<string, Answer>();
  private serial = 0;

  /** Replaces the answer to one event; a thrown value becomes the acknowledgement's error. */
  answer(event: RequestName, answer: Answer): void {
    this.overrides.set(event, answer);
  }

  requestsOf(event: RequestName): Payload[] {
    return this.requests.filter((request) => request.event === event).map(({ payload }) => payload);
  }

  emit<Name extends ServerEventName>(event: Name, payload: ServerEvents[Name]): void {
    this.socket.receive(event, payload);
  }

  async handle(event: string, payload: Payload): Promise<Payload> {
    this.requests.push({ event, payload });
    try {
      const reply = await (this.overrides.get(event) ?? ((sent) => this.reply(event as RequestName, sent)))(
        payload,
      );
      return { ok: true, ...reply };
    } catch (error) {
      return { ok: false, error };
    }
  }

  private reply(event: RequestName, payload: Payload): Payload {
    const id = `${event}-${++this.serial}`;
    switch (event) {
      case 'join-meeting':
        return {
          ...this.joined(),
          ...(payload['speakerPlaces'] === true &&
            this.speakerPlaces.length > 0 && { speakerPlaces: this.speakerPlaces }),
        };
      case 'create-transport':
        return {
          direction: payload['direction'],
          params: { ...fakeParameters.generateTransportRemoteParameters(), id },
        };
      case 'restart-ice':
        return { iceParameters: fakeParameters.generateTransportRemoteParameters().iceParameters };
      case 'produce':
        return { kind: payload['kind'], producerId: id };
      case 'consume':
        if (this.announceLayers && payload['kind'] === 'video')
          this.emit('consumer-layers-changed', { consumerId: id, ...this.announceLayers });
        return { ...this.consumed(id, payload) };
      default:
        return {};
    }
  }

  private joined(): MeetingJoined {
    return {
      meetingId: 'm1',
      participantId: 'me',
      meeting: { id: 'm1', meeting_title: 'Standup', host_id: 'me' },
      rtpCapabilities: fakeParameters.generateRouterRtpCapabilities(),
      iceServers: [],
      participants: this.participants,
    };
  }

  private consumed(id: string, payload: Payload): Consumed {
    const kind = payload['kind'] as 'audio' | 'video';
    const codecMimeType = kind === 'audio' ? 'audio/opus' : 'video/VP8';
    const { rtpParameters } = fakeParameters.generateConsumerRemoteParameters({ codecMimeType });
    const producerParticipantId = (payload['producerParticipantId'] ?? null) as string | null;
    return { id, producerId: payload['producerId'] as string, kind, rtpParameters, producerParticipantId };
  }
}

type Listener = (...args: never[]) => void;

export class FakeSocket implements SocketLike {
  connected = false;
  /** While false, attempts to connect lead nowhere. */
  reachable = true;
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(private readonly server: FakeServer) {}

  on(event: string, listener: Listener): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }

  off(event: string, listener: Listener): void {
    this.listeners.get(event)?.delete(listener);
  }

  timeout(ms: number) {
    return {
      emit: (event: string, payload: unknown, ack: (error: Error | null, reply?: unknown) => void) => {
        const timer = setTimeout(() => ack(new Error('timeout')), ms);
        void this.server.handle(event, payload as Payload).then((reply) => {
          clearTimeout(timer);
          if (this.connected) ack(null, reply);
          else ack(new Error('socket has been disconnected'));
        });
      },
    };
  }

  connect(): void {
    queueMicrotask(() => {
      if (!this.reachable) return;
      if (this.server.refuseConnection) return this.receive('connect_error', this.server.refuseConnection);
      this.connected = true;
      this.receive('connect', undefined);
    });
  }

  disconnect(): void {
    if (this.connected) this.drop('io client disconnect');
  }

  /** The network fails, as seen by the client. */
  drop(reason = 'transport close'): void {
    this.connected = false;
    this.receive('disconnect', reason);
  }

  receive(event: string, payload: unknown): void {
    for (const listener of [...(this.listeners.get(event) ?? [])])
      (listener as (payload: unknown) => void)(payload);
  }
}

/** Every stream that is sent adds its sender to `senders`, if given. */
export async function fakeDevice(senders: FakeSender[] = []): Promise<types.Device> {
  const create = FakeHandler.createFactory(fakeParameters);
  const handlerFactory: types.HandlerFactory = {
    ...create,
    factory: (options) => {
      const handler = create.factory(options);
      const send = handler.send.bind(handler);
      const byId = new Map<string, FakeSender>();
      handler.send = async (given) => {
        const sender = new FakeSender(given.encodings as RTCRtpEncodingParameters[] | undefined);
        senders.push(sender);
        const result = await send(given);
        byId.set(result.localId, sender);
        return { ...result, rtpSender: sender as unknown as RTCRtpSender };
      };
      handler.setMaxSpatialLayer = async (localId, layer) => byId.get(localId)?.setMaxSpatialLayer(layer);
      return handler;
    },
  };
  return new Device({ handlerFactory });
}

export function fakeTrack(kind: 'audio' | 'video'): MediaStreamTrack {
  return new FakeMediaStreamTrack({ kind }) as unknown as MediaStreamTrack;
}
