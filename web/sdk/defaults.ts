import type { types } from 'mediasoup-client';
import type { MediaKind, MediaSource } from './protocol';

export interface MediaPlan {
  encodings?: types.RtpEncodingParameters[];
  codecOptions?: types.ProducerCodecOptions;
  /** Mime types in order of preference; the first one both sides know is used. */
  codecs: string[];
}

/** Three sizes of the camera's picture: each receiver gets the one that fits its link and its tile. */
const CAMERA_ENCODINGS: types.RtpEncodingParameters[] = [
  { rid: 'r0', scaleResolutionDownBy: 4, maxBitrate: 120_000, scalabilityMode: 'L1T3' },
  { rid: 'r1', scaleResolutionDownBy: 2, maxBitrate: 450_000, scalabilityMode: 'L1T3' },
  { rid: 'r2', scaleResolutionDownBy: 1, maxBitrate: 1_500_000, scalabilityMode: 'L1T3' },
];

/** How each source is sent unless the caller says otherwise. */
export function planFor(source: MediaSource): MediaPlan {
  switch (source) {
    case 'microphone':
      // DTX: silence costs almost nothing. FEC: a lost packet is repaired from the next one.
      return { codecs: ['audio/opus'], codecOptions: { opusDtx: true, opusFec: true, opusStereo: false } };
    case 'screen-audio':
      return { codecs: ['audio/opus'], codecOptions: { opusDtx: false, opusFec: true, opusStereo: true } };
    case 'camera':
      return {
        codecs: ['video/VP8'],
        encodings: CAMERA_ENCODINGS,
        codecOptions: { videoGoogleStartBitrate: 800 },
      };
    case 'screen':
      // Text must stay readable, so one stream with room for detail instead of smaller copies of it.
      return {
        codecs: ['video/VP8'],
        encodings: [{ maxBitrate: 3_000_000 }],
        codecOptions: { videoGoogleStartBitrate: 1_000 },
      };
  }
}

export function defaultSource(kind: MediaKind): MediaSource {
  return kind === 'audio' ? 'microphone' : 'camera';
}

export function chooseCodec(
  capabilities: types.RtpCapabilities,
  wanted: string[],
): types.RtpCodecCapability | undefined {
  for (const mimeType of wanted) {
    const found = capabilities.codecs?.find(
      (codec) => codec.mimeType.toLowerCase() === mimeType.toLowerCase(),
    );
    if (found) return found;
  }
  return undefined;
}
