import type { ConnectionDetails, Quality } from '@kcs-meet/sdk';

/** How many of three bars are full. */
export const BARS: Record<Quality, number> = { excellent: 3, good: 2, poor: 1 };

export const QUALITY_WORDS: Record<Quality, string> = {
  excellent: 'very good',
  good: 'good',
  poor: 'weak',
};

/** What each level means for who takes part. */
export function meaningOf(quality: Quality, isSelf: boolean): string {
  if (quality === 'excellent') return 'Pictures and sound come through as they are.';
  if (quality === 'good') return 'Fine for a talk; pictures may be a little softer.';
  return isSelf
    ? 'Pictures may be blurred or stop, yours and those of others.'
    : 'You may see a blurred picture or hear gaps.';
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** The numbers in words; what is not known is left out. */
export function factsOf({ rtt, loss, availableOutgoingBitrate }: ConnectionDetails): Fact[] {
  const facts: Fact[] = [];
  if (rtt != null) facts.push({ label: 'Round trip', value: `${Math.round(rtt)} ms` });
  if (loss != null) facts.push({ label: 'Lost on the way', value: percentWords(loss) });
  if (availableOutgoingBitrate != null)
    facts.push({ label: 'Free for receiving', value: bitrateWords(availableOutgoingBitrate) });
  return facts;
}

export function percentWords(fraction: number): string {
  const percent = fraction * 100;
  if (percent > 0 && percent < 0.1) return 'less than 0.1 %';
  return `${percent < 10 ? Math.round(percent * 10) / 10 : Math.round(percent)} %`;
}

export function bitrateWords(bitsPerSecond: number): string {
  const kilobits = Math.round(bitsPerSecond / 1000);
  if (kilobits < 1000) return `${kilobits} kbit/s`;
  return `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`;
}

export type Remedy = 'camera-off' | 'sound-only';

export interface Advice {
  readonly text: string;
  readonly remedies: readonly Remedy[];
}

export interface Situation {
  connection: ConnectionDetails | null;
  cameraOn: boolean;
  /** Whether others send pictures. */
  pictures: boolean;
  audioOnly: boolean;
}

/** What to say, and to suggest, on a poor link; null while there is nothing to worry about. */
export function adviceFor({ connection, cameraOn, pictures, audioOnly }: Situation): Advice | null {
  if (connection?.quality !== 'poor') return null;
  const { upload, download } = connection;
  // A server that does not tell the directions apart: either may be the narrow one.
  const unknown = upload == null && download == null;
  const slowUp = upload === 'poor' || unknown;
  const slowDown = download === 'poor' || unknown;
  const cameraOff: Remedy[] = slowUp && cameraOn ? ['camera-off'] : [];
  const soundOnly: Remedy[] = slowDown && pictures && !audioOnly ? ['sound-only'] : [];
  const remedies = [...cameraOff, ...soundOnly];
  if (cameraOff.length > 0) {
    const text = slowDown
      ? 'Your connection is weak: others may see a blurred picture.'
      : 'Your upload is slow: turn the camera off?';
    return { text, remedies };
  }
  if (soundOnly.length > 0)
    return { text: 'Your connection is weak: pictures may be blurred or stop.', remedies };
  const text = slowDown
    ? 'Your connection is weak: the sound may break up.'
    : 'Your connection is weak: others may not hear you well.';
  return { text, remedies };
}
