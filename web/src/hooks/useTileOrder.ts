import { useRef } from 'react';
import { promoteSpeakers, type TileModel } from '../lib/tiles';

/** The tiles in an order that stays put, except that speakers come to the first page while that is the one shown. */
export function useTileOrder(
  tiles: readonly TileModel[],
  speakers: ReadonlySet<string>,
  firstPage: number,
  firstPageShown: boolean,
): TileModel[] {
  const order = useRef<string[]>([]);
  const lastSpoke = useRef(new Map<string, number>());
  const byId = new Map(tiles.map((tile) => [tile.participantId, tile]));

  const now = performance.now();
  for (const id of speakers) lastSpoke.current.set(id, now);
  const known = order.current.filter((id) => byId.has(id));
  const added = tiles.map(({ participantId }) => participantId).filter((id) => !known.includes(id));
  const all = [...known, ...added];
  order.current = firstPageShown ? promoteSpeakers(all, speakers, lastSpoke.current, firstPage, now) : all;
  return order.current.map((id) => byId.get(id)!);
}
