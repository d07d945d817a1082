import type { Meeting } from '@kcs-meet/sdk';
import { memo } from 'react';
import { useTrack } from '../hooks/useTrack';
import { useViewport } from '../hooks/useViewport';
import type { TileModel } from '../lib/tiles';
import { Avatar } from './Avatar';
import { ConnectionBadge, OwnConnection } from './ConnectionBadge';
import { Icon } from './Icon';

interface TileProps {
  meeting: Meeting;
  tile: TileModel;
  speaking: boolean;
  /** Leads the talk. */
  active: boolean;
  pinned?: boolean;
  onPin?: ((participantId: string) => void) | undefined;
  style?: React.CSSProperties;
}

export const Tile = memo(function Tile({
  meeting,
  tile,
  speaking,
  active,
  pinned = false,
  onPin,
  style,
}: TileProps) {
  const article = useViewport<HTMLElement>(meeting, tile.cameraProducerId);
  const video = useTrack<HTMLVideoElement>(tile.video);
  const name = tile.isSelf ? 'You' : tile.name;
  const picture = tile.video !== null && !tile.pausedForSound;
  return (
    <article
      ref={article}
      className={classes(speaking, active)}
      style={style}
      aria-label={describe(tile, name, speaking, active)}
      data-participant={tile.participantId}
    >
      <video
        ref={video}
        className={tile.isSelf ? 'mirrored' : undefined}
        muted
        playsInline
        autoPlay
        hidden={!picture}
      />
      {!picture && <Avatar name={tile.name} seed={tile.participantId} />}
      {tile.pausedForSound && <PausedForSound />}
      {tile.handRaised && (
        <span className="tile-hand" aria-hidden="true">
          <Icon name="hand" size={18} />
        </span>
      )}
      <footer className="tile-name" aria-hidden="true">
        {active && <Icon name="speaker" size={15} />}
        {tile.muted && <Icon name="mic-off" size={15} />}
        <span>{name}</span>
      </footer>
      {tile.isSelf ? (
        <OwnConnection meeting={meeting} />
      ) : (
        tile.quality && <ConnectionBadge name={name} quality={tile.quality} />
      )}
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

/** Says why there is no picture although the camera is on. */
export function PausedForSound() {
  return (
    <p className="tile-paused" title="Your connection cannot carry this picture and the sound.">
      <Icon name="pause" size={16} />
      <span>Paused to keep the sound</span>
    </p>
  );
}

function classes(speaking: boolean, active: boolean): string {
  return ['tile', speaking && 'tile-speaking', active && 'tile-active'].filter(Boolean).join(' ');
}

function describe(tile: TileModel, name: string, speaking: boolean, active: boolean): string {
  const facts = [
    name,
    tile.muted && 'muted',
    (speaking || active) && 'speaking',
    !tile.cameraOn && 'camera off',
    tile.pausedForSound && 'picture paused to keep the sound',
    tile.handRaised && 'hand raised',
    tile.quality === 'poor' && 'weak connection',
  ];
  return facts.filter(Boolean).join(', ');
}
