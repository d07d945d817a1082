import type { ConnectionDetails, Meeting, Quality } from '@kcs-meet/sdk';
import { useEffect, useState, type SyntheticEvent } from 'react';
import { createPortal } from 'react-dom';
import { useMeetingState } from '../hooks/useStore';
import { BARS, factsOf, meaningOf, QUALITY_WORDS, type Fact } from '../lib/connection';

export function Bars({ quality }: { quality: Quality }) {
  return (
    <svg className={`bars bars-${quality}`} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      {[0, 1, 2].map((bar) => (
        <rect
          key={bar}
          className={bar < BARS[quality] ? 'bar-full' : 'bar-empty'}
          x={1 + bar * 5}
          y={10 - bar * 4}
          width="4"
          height={5 + bar * 4}
          rx="1.2"
        />
      ))}
    </svg>
  );
}

interface ConnectionBadgeProps {
  /** Null: oneself. */
  name: string | null;
  quality: Quality;
  details?: ConnectionDetails | null;
}

/** Bars that say how somebody's connection is doing; pointed at or focused, also in words. */
export function ConnectionBadge({ name, quality, details = null }: ConnectionBadgeProps) {
  const [anchor, setAnchor] = useState<DOMRect | null>(null);
  const show = ({ currentTarget }: SyntheticEvent) => setAnchor(currentTarget.getBoundingClientRect());
  const hide = () => setAnchor(null);
  const title = `${name === null ? 'Your connection' : `Connection of ${name}`}: ${QUALITY_WORDS[quality]}`;
  const meaning = meaningOf(quality, name === null);
  const facts = details ? factsOf(details) : [];

  useEffect(() => {
    if (!anchor) return;
    // A finger elsewhere takes neither focus nor pointer away.
    window.addEventListener('pointerdown', hide);
    return () => window.removeEventListener('pointerdown', hide);
  }, [anchor]);

  return (
    <>
      <button
        type="button"
        className="connection"
        aria-label={[title, meaning, ...facts.map(({ label, value }) => `${label}: ${value}`)].join('. ')}
        onPointerEnter={show}
        onPointerLeave={hide}
        onFocus={show}
        onBlur={hide}
        onClick={show}
        onKeyDown={(event) => event.key === 'Escape' && hide()}
      >
        <Bars quality={quality} />
      </button>
      {anchor && createPortal(<Card {...{ anchor, title, meaning, facts }} />, document.body)}
    </>
  );
}

/** One's own, with the numbers. */
export function OwnConnection({ meeting }: { meeting: Meeting }) {
  const { connection } = useMeetingState(meeting);
  return connection && <ConnectionBadge name={null} quality={connection.quality} details={connection} />;
}

const CARD_WIDTH = 264;
const CARD_ROOM = 210;
const EDGE = 8;

interface CardProps {
  anchor: DOMRect;
  title: string;
  meaning: string;
  facts: readonly Fact[];
}

/** Lies over everything, beside its bars: a tile would cut it off. What it says is in the button's name as well. */
function Card({ anchor, title, meaning, facts }: CardProps) {
  const centre = anchor.left + anchor.width / 2 - CARD_WIDTH / 2;
  const left = Math.max(EDGE, Math.min(centre, window.innerWidth - CARD_WIDTH - EDGE));
  const above = anchor.top > CARD_ROOM;
  const place = above ? { bottom: window.innerHeight - anchor.top + EDGE } : { top: anchor.bottom + EDGE };
  return (
    <div className="connection-card" aria-hidden="true" style={{ left, width: CARD_WIDTH, ...place }}>
      <strong>{title}</strong>
      <p>{meaning}</p>
      {facts.length > 0 && (
        <dl>
          {facts.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
