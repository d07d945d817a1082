import { useEffect, useRef } from 'react';
import { QUALITY_WORDS } from '../lib/connection';
import type { TileModel } from '../lib/tiles';
import { Avatar } from './Avatar';
import { Bars } from './ConnectionBadge';
import { Icon } from './Icon';
import { RoundButton } from './RoundButton';

interface ParticipantsPanelProps {
  tiles: readonly TileModel[];
  speakers: ReadonlySet<string>;
  onCopyLink(): void;
  onClose(): void;
}

const ROLE = { host: 'Host', 'co-host': 'Co-host', participant: null } as const;

/** Everybody by name; raised hands first, as they wait for their turn. */
export function ParticipantsPanel({ tiles, speakers, onCopyLink, onClose }: ParticipantsPanelProps) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const sorted = [...tiles].sort((a, b) => Number(b.handRaised) - Number(a.handRaised));
  return (
    <aside
      ref={panel}
      className="panel"
      aria-label="Participants"
      tabIndex={-1}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <header className="panel-head">
        <h2>
          Participants <span className="count">{tiles.length}</span>
        </h2>
        <RoundButton icon="close" label="Close the list" onClick={onClose} />
      </header>
      <ul className="people">
        {sorted.map((tile) => (
          <Person key={tile.participantId} tile={tile} speaking={speakers.has(tile.participantId)} />
        ))}
      </ul>
      <footer className="panel-foot">
        <button type="button" className="button button-quiet button-wide" onClick={onCopyLink}>
          <Icon name="link" size={19} />
          Copy the invitation link
        </button>
      </footer>
    </aside>
  );
}

function Person({ tile, speaking }: { tile: TileModel; speaking: boolean }) {
  const { participantId, name, role, isSelf, muted, cameraOn, handRaised, quality } = tile;
  return (
    <li className={speaking ? 'person person-speaking' : 'person'}>
      <Avatar name={name} seed={participantId} />
      <span className="person-name">
        <span>
          {name}
          {isSelf && <span className="muted-text"> (you)</span>}
        </span>
        {ROLE[role] && <small>{ROLE[role]}</small>}
      </span>
      {handRaised && (
        <span className="person-hand" role="img" aria-label="Hand raised">
          <Icon name="hand" size={17} />
        </span>
      )}
      {quality && (
        <span className="person-state" role="img" aria-label={`Connection: ${QUALITY_WORDS[quality]}`}>
          <Bars quality={quality} />
        </span>
      )}
      <span className="person-state" role="img" aria-label={muted ? 'Muted' : 'Microphone on'}>
        <Icon name={muted ? 'mic-off' : 'mic'} size={18} />
      </span>
      <span className="person-state" role="img" aria-label={cameraOn ? 'Camera on' : 'Camera off'}>
        <Icon name={cameraOn ? 'camera' : 'camera-off'} size={18} />
      </span>
    </li>
  );
}
