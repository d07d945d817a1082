import type { Meeting } from '@kcs-meet/sdk';
import { useState } from 'react';
import { useReceiving } from '../hooks/useReceiving';
import { useSize } from '../hooks/useSize';
import { useTileOrder } from '../hooks/useTileOrder';
import { layoutGrid } from '../lib/grid';
import { withActive, type TileModel } from '../lib/tiles';
import { RoundButton } from './RoundButton';
import { Tile } from './Tile';

interface TileGridProps {
  meeting: Meeting;
  tiles: readonly TileModel[];
  speakers: ReadonlySet<string>;
  activeSpeaker: string | null;
  onPin(participantId: string): void;
}

const GAP = 10;

/** Everybody in tiles of one size, as large as the room allows; more people than fit are on further pages. */
export function TileGrid({ meeting, tiles, speakers, activeSpeaker, onPin }: TileGridProps) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const [wantedPage, setPage] = useState(0);
  // With one other person the own picture goes into a corner: the other one is who matters.
  const pair = tiles.length === 2;
  const grid = layoutGrid({ width, height, count: pair ? 1 : tiles.length, gap: GAP });
  const page = Math.min(wantedPage, grid.pages - 1);
  const ordered = useTileOrder(tiles, withActive(speakers, activeSpeaker), grid.perPage, page === 0);
  const measured = width > 0;
  const shown = pair || !measured ? ordered : ordered.slice(page * grid.perPage, (page + 1) * grid.perPage);
  useReceiving(meeting, tiles, shown);

  const style = { width: grid.tileWidth, height: grid.tileHeight };
  const pinnable = tiles.length > 2;
  return (
    <section className="grid-area" aria-label="Participants">
      <div ref={ref} className="grid" style={{ gap: GAP, '--columns': grid.columns } as React.CSSProperties}>
        {measured &&
          shown.map((tile) => (
            <Tile
              key={tile.participantId}
              meeting={meeting}
              tile={tile}
              active={tile.participantId === activeSpeaker}
              speaking={speakers.has(tile.participantId)}
              onPin={pinnable ? onPin : undefined}
              {...(pair && tile.isSelf ? { style: OWN_CORNER } : { style })}
            />
          ))}
      </div>
      {grid.pages > 1 && <Pager page={page} pages={grid.pages} onPage={setPage} />}
    </section>
  );
}

const OWN_CORNER: React.CSSProperties = {
  position: 'absolute',
  right: 12,
  bottom: 12,
  width: 'clamp(108px, 20%, 240px)',
  aspectRatio: '16 / 10',
  zIndex: 1,
  boxShadow: 'var(--shadow-high)',
};

function Pager({ page, pages, onPage }: { page: number; pages: number; onPage(page: number): void }) {
  return (
    <nav className="pager" aria-label="Pages of participants">
      <RoundButton icon="left" label="Previous page" disabled={page === 0} onClick={() => onPage(page - 1)} />
      <span role="status">
        Page {page + 1} of {pages}
      </span>
      <RoundButton
        icon="right"
        label="Next page"
        disabled={page === pages - 1}
        onClick={() => onPage(page + 1)}
      />
    </nav>
  );
}
