const POLL_MS = 80;

let context: AudioContext | null = null;

function audioContext(): AudioContext {
  if (!context) {
    context = new AudioContext();
    // Browsers start it only after a gesture; the first one on the page will do.
    const resume = () => void context?.resume();
    for (const gesture of ['pointerdown', 'keydown'])
      window.addEventListener(gesture, resume, { once: true });
  }
  if (context.state === 'suspended') void context.resume();
  return context;
}

/**
 * Calls back about twelve times a second with the loudness of a track: root mean square in dB of full scale,
 * -100 for silence. Returns the function that ends it.
 */
export function watchLevel(track: MediaStreamTrack, onLevel: (decibels: number) => void): () => void {
  const audio = audioContext();
  const source = audio.createMediaStreamSource(new MediaStream([track]));
  const analyser = audio.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(decibelsOf(samples));
  }, POLL_MS);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

export function decibelsOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / samples.length);
  return rms > 0 ? Math.max(-100, 20 * Math.log10(rms)) : -100;
}

/** Where a level stands between a quiet room and a loud voice, 0 to 1. */
export function meterPosition(decibels: number): number {
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}

const SPEAKING_ABOVE_DB = -46;
const HOLD_MS = 700;

/** Turns levels into "speaks" and "does not": on at once, off only after a pause longer than between words. */
export class SpeechGate {
  private lastLoud = -Infinity;

  /** Whether the person speaks at `now` (milliseconds), given the level measured then. */
  update(decibels: number, now: number): boolean {
    if (decibels > SPEAKING_ABOVE_DB) this.lastLoud = now;
    return now - this.lastLoud < HOLD_MS;
  }
}
