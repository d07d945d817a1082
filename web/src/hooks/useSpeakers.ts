import { useEffect, useRef, useState } from 'react';
import { SpeechGate, watchLevel } from '../lib/audio_level';
import type { TileModel } from '../lib/tiles';

type Speakers = ReadonlySet<string>;
const NOBODY: Speakers = new Set();

/** Who speaks right now, by listening to the tracks here. Changes only when somebody starts or stops. */
export function useSpeakers(tiles: readonly TileModel[]): Speakers {
  const [speakers, setSpeakers] = useState<Speakers>(NOBODY);
  const watched = useRef(new Map<string, { track: MediaStreamTrack; stop(): void }>());

  useEffect(() => {
    const set = (participantId: string, speaks: boolean) =>
      setSpeakers((old) => {
        if (old.has(participantId) === speaks) return old;
        const next = new Set(old);
        if (speaks) next.add(participantId);
        else next.delete(participantId);
        return next;
      });
    const wanted = new Map(
      tiles.flatMap(({ participantId, audio, muted }) => (audio && !muted ? [[participantId, audio]] : [])),
    );
    for (const [participantId, { track, stop }] of watched.current) {
      if (wanted.get(participantId) === track) continue;
      stop();
      watched.current.delete(participantId);
      set(participantId, false);
    }
    for (const [participantId, track] of wanted) {
      if (watched.current.has(participantId)) continue;
      const gate = new SpeechGate();
      const stop = watchLevel(track, (decibels) =>
        set(participantId, gate.update(decibels, performance.now())),
      );
      watched.current.set(participantId, { track, stop });
    }
  }, [tiles]);

  useEffect(() => {
    const all = watched.current;
    return () => {
      for (const { stop } of all.values()) stop();
      all.clear();
    };
  }, []);

  return speakers;
}
