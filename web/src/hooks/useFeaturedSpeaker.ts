import { useRef } from 'react';
import type { TileModel } from '../lib/tiles';
import { useMedia } from './useMedia';

const SMALL_SCREEN = '(max-width: 720px), (max-height: 480px)';

/**
 * Who is shown large where there is no room to show everybody well: the one who leads the talk, or led it last. Not
 * oneself (one need not look at oneself speaking), and nobody before somebody has spoken.
 */
export function useFeaturedSpeaker(
  activeSpeaker: string | null,
  tiles: readonly TileModel[],
): TileModel | null {
  const small = useMedia(SMALL_SCREEN);
  const last = useRef<string | null>(null);
  const others = tiles.filter(({ isSelf }) => !isSelf);
  if (others.some(({ participantId }) => participantId === activeSpeaker)) last.current = activeSpeaker;
  if (!small || others.length < 2) return null;
  return others.find(({ participantId }) => participantId === last.current) ?? null;
}
