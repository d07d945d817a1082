import type { types } from 'mediasoup-client';
import { chooseCodec, planFor } from './defaults';
import { EarlyNews } from './early_news';
import { MeetingError } from './errors';
import { IceKeeper } from './ice_keeper';
import { LayerSwitch } from './layer_switch';
import type { Direction, MediaKind, MediaSource, ProducerInfo } from './protocol';
import type { Signaling } from './signaling';

export interface PublishOptions {
  source: MediaSource;
  paused?: boolean;
  encodings?: types.RtpEncodingParameters[];
  codecOptions?: types.ProducerCodecOptions;
  /** A mime type such as `video/VP9`, preferred over the default. */
  codec?: string;
}

export interface MediaSessionOptions {
  signaling: Signaling;
  device: types.Device;
  meetingId: string;
  iceServers: RTCIceServer[];
  /** A stream of somebody else became playable (or, with null, stopped being so). */
  onTrack(producerId: string, track: MediaStreamTrack | null): void;
  /** The server has made the consumer of a stream; its media is not asked for yet. */
  onConsumer(producerId: string, consumerId: string): void;
  onConsumeFailed(producerId: string, error: MeetingError): void;
  /** The media path is beyond repair: build a new session. */
  onBroken(): void;
}

/** The two transports of one stay in a meeting, with what is sent and received over them. */
export class MediaSession {
  private readonly send: Promise<types.Transport>;
  private readonly recv: Promise<types.Transport>;
  private readonly consumers = new Map<string, types.Consumer>();
  /** Which consumer is whose: producer id -> consumer id, known before the browser can play it. */
  private readonly consumerIds = new Map<string, string>();
  private readonly wanted = new Set<string>();
  private readonly layerSwitches = new Map<string, LayerSwitch>();
  private readonly earlyWishes = new EarlyNews<{ maxSpatialLayer: number | null }>();
  private readonly keepers: IceKeeper[] = [];
  private readonly transports: types.Transport[] = [];
  private closed = false;

  constructor(private readonly options: MediaSessionOptions) {
    this.send = this.createTransport('send');
    this.recv = this.createTransport('recv');
    // Whoever needs a transport sees its failure; this only keeps it from counting as unhandled meanwhile.
    this.send.catch(() => {});
    this.recv.catch(() => {});
  }

  /** Resolves when both transports exist. */
  async ready(): Promise<void> {
    await Promise.all([this.send, this.recv]);
  }

  async publish(track: MediaStreamTrack, options: PublishOptions): Promise<types.Producer> {
    const { source, paused = false } = options;
    const plan = planFor(source);
    const transport = await this.send;
    const codec = chooseCodec(
      this.options.device.sendRtpCapabilities,
      options.codec ? [options.codec, ...plan.codecs] : plan.codecs,
    );
    const encodings = options.encodings ?? plan.encodings;
    const producer = await transport.produce({
      track,
      ...(encodings && { encodings: encodings.map((encoding) => ({ ...encoding })) }),
      codecOptions: { ...plan.codecOptions, ...options.codecOptions },
      ...(codec && { codec }),
      stopTracks: false,
      appData: { source, paused },
    });
    if (paused) producer.pause();
    this.switchLayersOf(producer);
    return producer;
  }

  /** The highest layer of a producer that anybody receives; null: nobody does. */
  layersWanted(producerId: string, maxSpatialLayer: number | null): void {
    const layers = this.layerSwitches.get(producerId);
    if (layers) layers.want(maxSpatialLayer);
    else this.earlyWishes.put(producerId, { maxSpatialLayer });
  }

  /** Receives one stream, of somebody or (null) of a speaker place. Asking twice for the same one is the same as asking once. */
  async consume(
    participantId: string | null,
    info: Pick<ProducerInfo, 'producerId' | 'kind'>,
  ): Promise<void> {
    const { producerId, kind } = info;
    if (this.closed || this.wanted.has(producerId)) return;
    this.wanted.add(producerId);
    try {
      await this.startConsumer(participantId, producerId, kind);
    } catch (error) {
      this.consumerIds.delete(producerId);
      const stillWanted = this.wanted.delete(producerId) && !this.closed;
      const failure = MeetingError.from(error, 'cannot-consume');
      // Its end overtook our wish; that it is gone we are told, or were already.
      const over = failure.code === 'not-found';
      if (stillWanted && !over) this.options.onConsumeFailed(producerId, failure);
    }
  }

  /** Ends the reception of one stream, also while it is still being set up. */
  forget(producerId: string): void {
    this.wanted.delete(producerId);
    this.consumerIds.delete(producerId);
    const consumer = this.consumers.get(producerId);
    if (!consumer) return;
    this.consumers.delete(producerId);
    consumer.close();
    this.options.onTrack(producerId, null);
  }

  consumerOf(producerId: string): string | undefined {
    return this.consumerIds.get(producerId);
  }

  producerOf(consumerId: string): string | undefined {
    for (const [producerId, id] of this.consumerIds) if (id === consumerId) return producerId;
    return undefined;
  }

  /** Stops or continues the flow of one stream at the server, for instance while nobody looks at it. */
  async setReceiving(producerId: string, receiving: boolean): Promise<void> {
    const consumer = this.consumers.get(producerId);
    if (!consumer || consumer.paused === !receiving) return;
    if (receiving) consumer.resume();
    else consumer.pause();
    await this.options.signaling.request(receiving ? 'resume-consumer' : 'pause-consumer', {
      consumerId: consumer.id,
    });
  }

  close(): void {
    this.closed = true;
    this.wanted.clear();
    this.consumers.clear();
    this.consumerIds.clear();
    this.layerSwitches.clear();
    for (const keeper of this.keepers) keeper.stop();
    for (const transport of this.transports) transport.close();
  }

  private async startConsumer(
    participantId: string | null,
    producerId: string,
    kind: MediaKind,
  ): Promise<void> {
    const { signaling, device, meetingId } = this.options;
    const transport = await this.recv;
    const consumed = await signaling.request('consume', {
      meetingId,
      ...(participantId !== null && { producerParticipantId: participantId }),
      producerId,
      kind,
      transportId: transport.id,
      rtpCapabilities: device.recvRtpCapabilities,
    });
    if (!this.wanted.has(producerId)) return;
    this.consumerIds.set(producerId, consumed.id);
    this.options.onConsumer(producerId, consumed.id);
    const consumer = await transport.consume({
      id: consumed.id,
      producerId,
      kind: consumed.kind,
      rtpParameters: consumed.rtpParameters,
      // One group per person and pair of sources, so that the browser keeps lips and voice together.
      // A place is in time with nobody's picture.
      streamId: participantId ?? producerId,
    });
    if (!this.wanted.has(producerId)) return consumer.close();
    this.consumers.set(producerId, consumer);
    this.options.onTrack(producerId, consumer.track);
    // Only now: packets that come before the browser knows the stream would be taken for another one's.
    await signaling.request('resume-consumer', { consumerId: consumer.id });
  }

  private switchLayersOf(producer: types.Producer): void {
    const { id, kind } = producer;
    if (kind !== 'video') return;
    const layers = new LayerSwitch(producer);
    this.layerSwitches.set(id, layers);
    producer.observer.once('close', () => this.layerSwitches.delete(id));
    const early = this.earlyWishes.take(id);
    if (early) layers.want(early.maxSpatialLayer ?? null);
  }

  private async createTransport(direction: Direction): Promise<types.Transport> {
    const { signaling, device, meetingId, iceServers } = this.options;
    const { params } = await signaling.request('create-transport', { meetingId, direction });
    if (this.closed) throw new MeetingError('left');
    const settings = { ...params, iceServers };
    const transport =
      direction === 'send' ? device.createSendTransport(settings) : device.createRecvTransport(settings);
    this.transports.push(transport);
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      signaling
        .request('connect-transport', { transportId: transport.id, dtlsParameters })
        .then(() => done(), failed);
    });
    if (direction === 'send') this.answerProduce(transport);
    const fetchIce = async () =>
      (await signaling.request('restart-ice', { transportId: transport.id })).iceParameters;
    this.keepers.push(new IceKeeper(transport, fetchIce, () => this.options.onBroken()));
    return transport;
  }

  private answerProduce(transport: types.Transport): void {
    const { signaling, meetingId } = this.options;
    transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
      const { source, paused } = appData as { source: MediaSource; paused: boolean };
      signaling
        .request('produce', { meetingId, kind, rtpParameters, source, paused, transportId: transport.id })
        .then(({ producerId }) => done({ id: producerId }), failed);
    });
  }
}
