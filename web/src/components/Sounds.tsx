import { useEffect, useState } from 'react';
import { useTrack } from '../hooks/useTrack';

type Sound = { key: string; track: MediaStreamTrack };

/** Lets everybody be heard, over the chosen speaker. Nothing to see, unless the browser wants a click first. */
export function Sounds({ sounds, speakerId }: { sounds: readonly Sound[]; speakerId: string }) {
  const [blocked, setBlocked] = useState(false);
  return (
    <div>
      {sounds.map(({ key, track }) => (
        <SoundOf
          key={key}
          track={track}
          speakerId={speakerId}
          retry={!blocked}
          onBlocked={() => setBlocked(true)}
        />
      ))}
      {blocked && (
        <button className="banner banner-action" onClick={() => setBlocked(false)} autoFocus>
          Your browser muted the meeting. Press here to hear the others.
        </button>
      )}
    </div>
  );
}

function SoundOf({
  track,
  speakerId,
  retry,
  onBlocked,
}: {
  track: MediaStreamTrack;
  speakerId: string;
  retry: boolean;
  onBlocked(): void;
}) {
  const audio = useTrack<HTMLAudioElement>(track);
  useEffect(() => {
    if (!retry) return;
    audio.current?.play().catch((error: Error) => {
      if (error.name === 'NotAllowedError') onBlocked();
    });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [retry, track]);
  useEffect(() => {
    const element = audio.current;
    if (!element || !('setSinkId' in element)) return;
    // A speaker that is gone: the default one goes on playing.
    element.setSinkId(speakerId).catch(() => {});
  }, [audio, speakerId]);
  return <audio ref={audio} autoPlay />;
}
