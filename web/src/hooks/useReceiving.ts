import type { Meeting } from '@kcs-meet/sdk';
import { useEffect } from 'react';
import type { TileModel } from '../lib/tiles';

/** Lets the pictures of people on other pages rest, so that the link is there for those who are seen. */
export function useReceiving(
  meeting: Meeting,
  tiles: readonly TileModel[],
  visible: readonly TileModel[],
): void {
  const seen = visible.map(({ participantId }) => participantId).join(' ');
  useEffect(() => {
    const ids = new Set(seen.split(' '));
    for (const { participantId, cameraProducerId } of tiles) {
      // A picture too much is no harm: a failure here needs no words.
      if (cameraProducerId)
        void meeting.setReceiving(cameraProducerId, ids.has(participantId)).catch(() => {});
    }
  }, [meeting, tiles, seen]);
}
