export interface GridInput {
  /** The room there is, in CSS pixels. */
  width: number;
  height: number;
  count: number;
  gap: number;
}

export interface Grid {
  columns: number;
  tileWidth: number;
  tileHeight: number;
  perPage: number;
  pages: number;
}

/** Faces are cut by at most this much: from a portrait shape to the camera's own. */
const MIN_ASPECT = 0.8;
/** One person alone may fill a phone from top to bottom. */
const MIN_ASPECT_ALONE = 0.5;
const MAX_ASPECT = 16 / 9;
/** A tile smaller than this shows nobody: the next page is better. */
const MIN_TILE_WIDTH = 150;
const MIN_TILE_HEIGHT = 112;
const MAX_PER_PAGE = 25;

/** The arrangement that gives each person the most room, and how many pages it takes. */
export function layoutGrid({ width, height, count, gap }: GridInput): Grid {
  const fit = (space: number, tile: number) => Math.max(1, Math.floor((space + gap) / (tile + gap)));
  const capacity = Math.min(MAX_PER_PAGE, fit(width, MIN_TILE_WIDTH) * fit(height, MIN_TILE_HEIGHT));
  const perPage = Math.max(1, Math.min(count, capacity));
  const pages = Math.max(1, Math.ceil(count / perPage));
  // Pages of about the same size: 13 and 13, not 25 and 1.
  const onPage = Math.ceil(count / pages) || 1;
  const best = bestColumns({ width, height, count: onPage, gap });
  return { ...best, perPage: onPage, pages };
}

function bestColumns(input: GridInput): Pick<Grid, 'columns' | 'tileWidth' | 'tileHeight'> {
  let best = { columns: 1, tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= input.count; columns++) {
    const tile = tileSize(input, columns);
    if (tile.tileWidth * tile.tileHeight > best.tileWidth * best.tileHeight) best = { columns, ...tile };
  }
  return best;
}

function tileSize({ width, height, count, gap }: GridInput, columns: number) {
  const rows = Math.ceil(count / columns);
  const cellWidth = Math.max(0, (width - gap * (columns - 1)) / columns);
  const cellHeight = Math.max(0, (height - gap * (rows - 1)) / rows);
  return {
    tileWidth: Math.floor(Math.min(cellWidth, cellHeight * MAX_ASPECT)),
    tileHeight: Math.floor(Math.min(cellHeight, cellWidth / (count === 1 ? MIN_ASPECT_ALONE : MIN_ASPECT))),
  };
}
