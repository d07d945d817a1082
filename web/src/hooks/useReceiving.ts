import type { Meeting } from '@kcs-meet/sdk';
import { useEffect } from 'react';
import type { TileModel } from '../lib/tiles';

/** Lets the pictures of people on other pages rest, so that the link is there for those who are seen. */
export function useReceiving(
  meeting: Meeting,
  tiles: readonly TileModel[],
  visible: readonly TileModel[],
): void {
  useEffect(() => {
    const seen = new Set(visible.map(({ participantId }) => participantId));
    for (const { participantId, cameraProducerId } of tiles) {
      // A picture too much is no harm: a failure here needs no words.
      if (cameraProducerId)
        void meeting.setReceiving(cameraProducerId, seen.has(participantId)).catch(() => {});
    }
  }, [meeting, tiles, visible]);
}
