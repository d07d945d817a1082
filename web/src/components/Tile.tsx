import { memo } from 'react';
import { useTrack } from '../hooks/useTrack';
import type { TileModel } from '../lib/tiles';
import { Avatar } from './Avatar';
import { Icon } from './Icon';

interface TileProps {
  tile: TileModel;
  speaking: boolean;
  pinned?: boolean;
  onPin?: ((participantId: string) => void) | undefined;
  style?: React.CSSProperties;
}

export const Tile = memo(function Tile({ tile, speaking, pinned = false, onPin, style }: TileProps) {
  const video = useTrack<HTMLVideoElement>(tile.video);
  const name = tile.isSelf ? 'You' : tile.name;
  return (
    <article
      className={speaking ? 'tile tile-speaking' : 'tile'}
      style={style}
      aria-label={describe(tile, name, speaking)}
      data-participant={tile.participantId}
    >
      <video
        ref={video}
        className={tile.isSelf ? 'mirrored' : undefined}
        muted
        playsInline
        autoPlay
        hidden={!tile.video}
      />
      {!tile.video && <Avatar name={tile.name} seed={tile.participantId} />}
      {tile.handRaised && (
        <span className="tile-hand" aria-hidden="true">
          <Icon name="hand" size={18} />
        </span>
      )}
      <footer className="tile-name" aria-hidden="true">
        {tile.muted && <Icon name="mic-off" size={15} />}
        {tile.quality === 'poor' && <Icon name="offline" size={15} />}
        <span>{name}</span>
      </footer>
      {onPin && (
        <button
          type="button"
          className="tile-pin"
          aria-label={pinned ? `Unpin ${name}` : `Pin ${name}`}
          aria-pressed={pinned}
          onClick={() => onPin(tile.participantId)}
        >
          <Icon name="pin" size={18} />
        </button>
      )}
    </article>
  );
});

function describe({ muted, handRaised, video, quality }: TileModel, name: string, speaking: boolean): string {
  const facts = [
    name,
    muted && 'muted',
    speaking && 'speaking',
    !video && 'camera off',
    handRaised && 'hand raised',
    quality === 'poor' && 'poor connection',
  ];
  return facts.filter(Boolean).join(', ');
}
