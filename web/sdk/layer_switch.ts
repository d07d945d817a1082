import type { types } from 'mediasoup-client';

const ATTEMPTS = 4;
const RETRY_MS = 200;

/** The part of mediasoup-client's Producer that is used here. */
export type LayeredProducer = Pick<types.Producer, 'rtpSender' | 'setMaxSpatialLayer' | 'closed'>;

/**
 * Encodes no more of one stream than somebody receives, by the encodings' `active` flags. The track is not touched:
 * what the user muted stays muted, and what was not keeps its camera.
 */
export class LayerSwitch {
  /** The highest encoding that the application wants sent at all. */
  private readonly top: number;
  private wanted = Infinity;
  private applied = Infinity;
  private running = false;

  constructor(private readonly producer: LayeredProducer) {
    this.top = this.flags().lastIndexOf(true);
  }

  /** The highest encoding that is wanted, or null for none. One stream with layers inside is all or nothing. */
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
      // A value given before is skipped, also if it failed: half a layer more means the same.
      await this.producer.setMaxSpatialLayer(wanted + (failures % 2) / 2).catch(() => {});
      if (this.flags().every((active, index) => active === index <= wanted)) {
        this.applied = wanted;
        failures = 0;
      } else {
        failures++;
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
    this.running = false;
  }

  /**
   * Set by mediasoup-client and not directly, as it also notes them in the answer it gives the browser on the server's
   * behalf: a flag that is not in there is back to `true` with the next negotiation, as when a screen is shared.
   */
  private flags(): boolean[] {
    const encodings = this.producer.rtpSender?.getParameters().encodings ?? [];
    return encodings.map(({ active }) => active !== false);
  }
}
