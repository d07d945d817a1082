import type { Meeting } from '@kcs-meet/sdk';
import { useReceiving } from '../hooks/useReceiving';
import { useTileOrder } from '../hooks/useTileOrder';
import { useTrack } from '../hooks/useTrack';
import { useViewport } from '../hooks/useViewport';
import { withActive, type ScreenModel, type TileModel } from '../lib/tiles';
import { Icon } from './Icon';
import { PausedForSound, Tile } from './Tile';

interface StageProps {
  meeting: Meeting;
  screen: ScreenModel | null;
  pinned: TileModel | null;
  /** Who is shown large when neither a person is pinned nor a screen shared. */
  speaker: TileModel | null;
  tiles: readonly TileModel[];
  speakers: ReadonlySet<string>;
  activeSpeaker: string | null;
  onPin(participantId: string): void;
}

/** So many places of the strip can be seen without scrolling: speakers come there. */
const STRIP_IN_VIEW = 4;

/** One thing large (a shared screen or a person), everybody else in a strip beside it. */
export function Stage({
  meeting,
  screen,
  pinned,
  speaker,
  tiles,
  speakers,
  activeSpeaker,
  onPin,
}: StageProps) {
  const large = pinned ?? (screen ? null : speaker);
  const ordered = useTileOrder(tiles, withActive(speakers, activeSpeaker), STRIP_IN_VIEW, true);
  const strip = ordered.filter((tile) => tile !== large);
  useReceiving(meeting, tiles, tiles);
  const tileOf = (tile: TileModel) => (
    <Tile
      meeting={meeting}
      tile={tile}
      speaking={speakers.has(tile.participantId)}
      active={tile.participantId === activeSpeaker}
      pinned={tile === pinned}
      onPin={onPin}
    />
  );
  return (
    <section className={large ? 'stage stage-person' : 'stage'} aria-label={describe(screen, pinned)}>
      <div className="stage-main">
        {large ? tileOf(large) : screen && <Screen meeting={meeting} screen={screen} />}
      </div>
      <div className="strip" role="list" aria-label="Participants" tabIndex={0}>
        {strip.map((tile) => (
          <div key={tile.participantId} role="listitem">
            {tileOf(tile)}
          </div>
        ))}
      </div>
    </section>
  );
}

function describe(screen: ScreenModel | null, pinned: TileModel | null): string {
  if (pinned) return 'Pinned participant';
  return screen ? `Screen of ${screen.name}` : 'Who speaks';
}

function Screen({ meeting, screen }: { meeting: Meeting; screen: ScreenModel }) {
  const { name, producerId, pausedForSound, soundOnly } = screen;
  const figure = useViewport<HTMLElement>(meeting, producerId);
  const video = useTrack<HTMLVideoElement>(screen.video);
  return (
    <figure ref={figure} className="screen">
      <video ref={video} muted playsInline autoPlay hidden={pausedForSound} />
      {soundOnly ? (
        <p className="screen-wait">Sound only: the screen of {name} is not received.</p>
      ) : (
        !screen.video && <p className="screen-wait">Waiting for the screen of {name}…</p>
      )}
      {pausedForSound && <PausedForSound />}
      <figcaption className="tile-name">
        <Icon name="screen" size={15} />
        <span>{name} is sharing</span>
      </figcaption>
    </figure>
  );
}
