const ATTEMPTS = 4;
const RETRY_MS = 200;

/** The part of RTCRtpSender that is used here. */
export type LayerSender = Pick<RTCRtpSender, 'getParameters' | 'setParameters'>;

/**
 * Encodes no more of one stream than somebody receives, by the encodings' `active` flags. The track is not touched:
 * what the user muted stays muted, and what was not keeps its camera. (Not mediasoup-client's `setMaxSpatialLayer`:
 * it cannot say "nothing", skips a value it has set before, and negotiates anew each time, which takes longer.)
 */
export class LayerSwitch {
  /** What the application wants sent at all. */
  private readonly offered: boolean[];
  private wanted: number | null = Infinity;
  private running = false;

  constructor(
    private readonly sender: LayerSender,
    private readonly closed: () => boolean,
  ) {
    this.offered = sender.getParameters().encodings.map(({ active }) => active !== false);
  }

  /** The highest encoding that is wanted, or null for none. One stream with layers inside is all or nothing. */
  want(maxSpatialLayer: number | null): void {
    this.wanted = maxSpatialLayer;
    if (!this.running) void this.run();
  }

  /** One change at a time, as the browser demands; of wishes that come meanwhile, the last one counts. */
  private async run(): Promise<void> {
    this.running = true;
    let applied: number | null | undefined;
    for (let failures = 0; applied !== this.wanted && failures < ATTEMPTS && !this.closed();) {
      const { wanted } = this;
      try {
        await this.apply(wanted);
        applied = wanted;
        failures = 0;
      } catch {
        failures++;
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
    this.running = false;
  }

  private async apply(wanted: number | null): Promise<void> {
    const parameters = this.sender.getParameters();
    let changed = false;
    parameters.encodings.forEach((encoding, index) => {
      const active = (this.offered[index] ?? true) && wanted !== null && index <= wanted;
      changed ||= (encoding.active ?? true) !== active;
      encoding.active = active;
    });
    if (changed) await this.sender.setParameters(parameters);
  }
}
