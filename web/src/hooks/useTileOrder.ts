import { useRef } from 'react';
import { promoteSpeakers, type TileModel } from '../lib/tiles';

/** The tiles in an order that stays put, except that speakers come to the first page. */
export function useTileOrder(
  tiles: readonly TileModel[],
  speakers: ReadonlySet<string>,
  firstPage: number,
): TileModel[] {
  const order = useRef<string[]>([]);
  const lastSpoke = useRef(new Map<string, number>());
  const byId = new Map(tiles.map((tile) => [tile.participantId, tile]));

  for (const id of speakers) lastSpoke.current.set(id, performance.now());
  const known = order.current.filter((id) => byId.has(id));
  const added = tiles.map(({ participantId }) => participantId).filter((id) => !known.includes(id));
  order.current = promoteSpeakers([...known, ...added], speakers, lastSpoke.current, firstPage);
  return order.current.map((id) => byId.get(id)!);
}
