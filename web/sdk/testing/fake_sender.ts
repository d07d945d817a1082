import type { LayeredProducer } from '../layer_switch';
import type { SvcEncoding } from '../svc';

/** A sender that is as particular as a browser's: parameters must be fresh, and one change at a time. */
export class FakeSender {
  /** How many changes were made. */
  changes = 0;
  /** So many of the next changes fail. */
  failures = 0;
  /** How long a change takes, in milliseconds. */
  delay = 0;
  /** The scalability modes that it knows, if not all. */
  modes: string[] | undefined;
  private serial = 0;
  private busy = false;
  private encodings: SvcEncoding[];

  constructor(encodings: SvcEncoding[] = [{}]) {
    this.encodings = encodings.map((encoding) => ({ active: true, ...encoding }));
  }

  /** Which encodings are sent, lowest first. */
  get active(): boolean[] {
    return this.encodings.map(({ active }) => active === true);
  }

  /** The first encoding, as it is sent. */
  get encoding(): SvcEncoding {
    return this.encodings[0] ?? {};
  }

  getParameters(): RTCRtpSendParameters {
    const encodings = this.encodings.map((encoding) => ({ ...encoding }));
    const transactionId = String(this.serial);
    return { transactionId, encodings, codecs: [], headerExtensions: [], rtcp: {} };
  }

  async setParameters({ transactionId, encodings }: RTCRtpSendParameters): Promise<void> {
    if (this.busy || transactionId !== String(this.serial))
      throw new DOMException('stale', 'InvalidStateError');
    this.busy = true;
    await new Promise((done) => setTimeout(done, this.delay));
    this.busy = false;
    this.serial++;
    const known = ({ scalabilityMode: mode }: SvcEncoding) =>
      !mode || !this.modes || this.modes.includes(mode);
    if (!encodings.every(known)) throw new DOMException('unknown mode', 'OperationError');
    if (this.failures-- > 0) throw new DOMException('busy', 'OperationError');
    this.changes++;
    this.encodings = encodings.map((encoding) => ({ ...encoding }));
  }

  /** What mediasoup-client's handlers do with the encodings. */
  async setMaxSpatialLayer(layer: number): Promise<void> {
    const parameters = this.getParameters();
    parameters.encodings.forEach((encoding, index) => (encoding.active = index <= layer));
    await this.setParameters(parameters);
  }
}

/** A producer with the ways of mediasoup-client's: it keeps failures to itself, and skips what it was given before. */
export class FakeProducer implements LayeredProducer {
  closed = false;
  private last: number | undefined;

  constructor(private readonly sender: FakeSender) {}

  get rtpSender(): RTCRtpSender {
    return this.sender as unknown as RTCRtpSender;
  }

  async setMaxSpatialLayer(layer: number): Promise<void> {
    if (layer === this.last) return;
    await this.sender.setMaxSpatialLayer(layer).catch(() => {});
    this.last = layer;
  }
}
