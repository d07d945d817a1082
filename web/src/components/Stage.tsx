import type { Meeting } from '@kcs-meet/sdk';
import { useReceiving } from '../hooks/useReceiving';
import { useTrack } from '../hooks/useTrack';
import type { ScreenModel, TileModel } from '../lib/tiles';
import { Icon } from './Icon';
import { Tile } from './Tile';

interface StageProps {
  meeting: Meeting;
  screen: ScreenModel | null;
  pinned: TileModel | null;
  tiles: readonly TileModel[];
  speakers: ReadonlySet<string>;
  onPin(participantId: string): void;
}

/** One thing large (a shared screen or a pinned person), everybody else in a strip beside it. */
export function Stage({ meeting, screen, pinned, tiles, speakers, onPin }: StageProps) {
  const strip = tiles.filter((tile) => tile !== pinned);
  useReceiving(meeting, tiles, tiles);
  return (
    <section
      className={pinned ? 'stage stage-pinned' : 'stage'}
      aria-label={screen ? `Screen of ${screen.name}` : 'Pinned participant'}
    >
      <div className="stage-main">
        {pinned ? (
          <Tile tile={pinned} speaking={speakers.has(pinned.participantId)} pinned onPin={onPin} />
        ) : (
          screen && <Screen screen={screen} />
        )}
      </div>
      <div className="strip" role="list" aria-label="Participants" tabIndex={0}>
        {strip.map((tile) => (
          <div key={tile.participantId} role="listitem">
            <Tile tile={tile} speaking={speakers.has(tile.participantId)} onPin={onPin} />
          </div>
        ))}
      </div>
    </section>
  );
}

function Screen({ screen }: { screen: ScreenModel }) {
  const video = useTrack<HTMLVideoElement>(screen.video);
  return (
    <figure className="screen">
      <video ref={video} muted playsInline autoPlay />
      {!screen.video && <p className="screen-wait">Waiting for the screen of {screen.name}…</p>}
      <figcaption className="tile-name">
        <Icon name="screen" size={15} />
        <span>{screen.name} is sharing</span>
      </figcaption>
    </figure>
  );
}
