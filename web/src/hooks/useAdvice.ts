import type { MeetingState } from '@kcs-meet/sdk';
import { useEffect, useState } from 'react';
import { adviceFor, type Advice } from '../lib/connection';
import type { TileModel } from '../lib/tiles';

/** What to say about one's connection now. Dismissed, it does not come back before the connection was better. */
export function useAdvice(
  { connection, audioOnly }: MeetingState,
  tiles: readonly TileModel[],
): { advice: Advice | null; dismiss(): void } {
  const [dismissed, setDismissed] = useState(false);
  const poor = connection?.quality === 'poor';
  useEffect(() => {
    if (!poor) setDismissed(false);
  }, [poor]);
  const advice = adviceFor({
    connection,
    cameraOn: tiles.some(({ isSelf, cameraOn }) => isSelf && cameraOn),
    pictures: tiles.some(({ isSelf, cameraOn }) => !isSelf && cameraOn),
    audioOnly,
  });
  return { advice: dismissed ? null : advice, dismiss: () => setDismissed(true) };
}
