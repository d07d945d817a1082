import type { types } from 'mediasoup-client';
import { type SvcEncoding, SvcLadder } from './svc';

const ATTEMPTS = 4;
const RETRY_MS = 200;

/** The part of mediasoup-client's Producer that is used here. */
export type LayeredProducer = Pick<types.Producer, 'rtpSender' | 'setMaxSpatialLayer' | 'closed'>;

/**
 * Encodes no more of one stream than somebody receives: of several encodings by their `active` flags, of one with
 * layers inside by its scalability mode. The track is not touched: what the user muted stays muted, and what was not
 * keeps its camera.
 */
export class LayerSwitch {
  /** Of one stream with layers inside. */
  private readonly ladder: SvcLadder | null;
  /** The highest layer that the application wants sent at all. */
  private readonly top: number;
  private wanted = Infinity;
  private applied = Infinity;
  private running = false;

  constructor(private readonly producer: LayeredProducer) {
    this.ladder = SvcLadder.of(this.encodings());
    const encoding = this.flags().lastIndexOf(true);
    this.top = this.ladder && encoding >= 0 ? this.ladder.layers - 1 : encoding;
  }

  /** The highest layer that is wanted, or null for none. */
  want(maxSpatialLayer: number | null): void {
    // Below the lowest one there is nothing.
    this.wanted = Math.min(maxSpatialLayer ?? -1, this.top);
    if (!this.running) void this.run();
  }

  /** One change at a time, as the browser demands; of wishes that come meanwhile, the last one counts. */
  private async run(): Promise<void> {
    this.running = true;
    let failures = 0;
    while (this.applied !== this.wanted && failures < ATTEMPTS && !this.producer.closed) {
      const { wanted } = this;
      if (await this.apply(wanted, failures)) {
        this.applied = wanted;
        failures = 0;
      } else {
        failures++;
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
    this.running = false;
  }

  private async apply(wanted: number, failures: number): Promise<boolean> {
    const highest = this.ladder ? Math.min(wanted, 0) : wanted;
    // A value given before is skipped, also if it failed: half a layer more means the same.
    await this.producer.setMaxSpatialLayer(highest + (failures % 2) / 2).catch(() => {});
    const switched = this.flags().every((active, index) => active === index <= highest);
    return switched && (!this.ladder || wanted < 0 || (await this.cut(this.ladder.upTo(wanted))));
  }

  /** False: the browser refuses, and all layers stay. */
  private async cut(change: Partial<SvcEncoding>): Promise<boolean> {
    const sender = this.producer.rtpSender;
    const parameters = sender?.getParameters();
    const [encoding] = (parameters?.encodings ?? []) as SvcEncoding[];
    if (!sender || !parameters || !encoding) return false;
    if (encoding.scalabilityMode === change.scalabilityMode) return true;
    Object.assign(encoding, change);
    return sender.setParameters(parameters).then(
      () => true,
      () => false,
    );
  }

  private encodings(): SvcEncoding[] {
    return this.producer.rtpSender?.getParameters().encodings ?? [];
  }

  /**
   * Set by mediasoup-client and not directly, as it also notes them in the answer it gives the browser on the server's
   * behalf: a flag that is not in there is back to `true` with the next negotiation, as when a screen is shared.
   */
  private flags(): boolean[] {
    return this.encodings().map(({ active }) => active !== false);
  }
}
