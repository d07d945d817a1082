import { useEffect, useRef, type RefObject } from 'react';

/** Plays a track in the element of the returned ref. */
export function useTrack<Element extends HTMLMediaElement>(
  track: MediaStreamTrack | null,
): RefObject<Element | null> {
  const ref = useRef<Element>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    element.srcObject = track ? new MediaStream([track]) : null;
    // Refused before the first gesture on the page, and interrupted when the track changes again: both pass.
    if (track) void element.play().catch(() => {});
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return ref;
}
