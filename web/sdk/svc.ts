/** The part of an encoding that says how many layers are inside its one stream. */
export type SvcEncoding = RTCRtpEncodingParameters & { scalabilityMode?: string };

// The names of https://www.w3.org/TR/webrtc-svc/#scalabilitymodes*: spatial layers (S: none needs another), temporal
// layers, `h` where each picture is 1.5 times the next smaller one instead of twice.
const MODE = /^([LS])([1-9])T([1-9])(h?)((?:_KEY)?(?:_SHIFT)?)$/;
/** Of the bits of a stream, what is left without its highest spatial layer. */
const BITS_BELOW = 1 / 3;

/** Makes encodings with fewer spatial layers, of the same sizes as before: what the highest one had is not encoded. */
export class SvcLadder {
  private constructor(
    readonly layers: number,
    private readonly full: SvcEncoding,
    private readonly parts: readonly string[],
  ) {}

  /** null: there is no more than one spatial layer inside, or several streams. */
  static of(encodings: readonly SvcEncoding[]): SvcLadder | null {
    const [full] = encodings;
    const parts = encodings.length === 1 ? MODE.exec(full?.scalabilityMode ?? '') : null;
    const layers = Number(parts?.[2] ?? 1);
    return full && parts && layers > 1 ? new SvcLadder(layers, { ...full }, parts) : null;
  }

  /** What to change in the encoding so that it ends with this spatial layer. */
  upTo(highest: number): Partial<SvcEncoding> {
    const layers = Math.max(1, Math.min(highest + 1, this.layers));
    const without = this.layers - layers;
    const [, kind = 'L', , temporal = '1', half = '', suffix = ''] = this.parts;
    const { scaleResolutionDownBy = 1, maxBitrate } = this.full;
    return {
      // With one layer left nothing is between layers.
      scalabilityMode: layers > 1 ? `${kind}${layers}T${temporal}${half}${suffix}` : `L1T${temporal}`,
      scaleResolutionDownBy: scaleResolutionDownBy * (half ? 1.5 : 2) ** without,
      // Else the lower layers would take what the highest one had.
      ...(maxBitrate !== undefined && { maxBitrate: Math.round(maxBitrate * BITS_BELOW ** without) }),
    };
  }
}
