import { useEffect, useRef } from 'react';
import { meterPosition, watchLevel } from '../lib/audio_level';

const BARS = 9;

/** How loud the microphone hears one. Written to the page directly: twelve renders a second would be a waste. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!track) return;
    let shown = 0;
    const stop = watchLevel(track, (decibels) => {
      shown = Math.max(meterPosition(decibels), shown * 0.8);
      ref.current?.style.setProperty('--level', shown.toFixed(3));
    });
    return () => {
      stop();
      ref.current?.style.setProperty('--level', '0');
    };
  }, [track]);
  return (
    <div
      ref={ref}
      className="meter"
      role="img"
      aria-label={track ? 'Microphone level' : 'The microphone is off'}
    >
      {Array.from({ length: BARS }, (_, index) => (
        <span key={index} style={{ '--at': index / BARS } as React.CSSProperties} />
      ))}
    </div>
  );
}
