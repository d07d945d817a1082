import type { FloatingReaction, Toast } from '../hooks/useNews';
import { Icon } from './Icon';

/** Short news; read out by screen readers as it comes. */
export function Toasts({ toasts, onDismiss }: { toasts: readonly Toast[]; onDismiss(id: number): void }) {
  return (
    <div className="toasts" role="log" aria-live="polite" aria-label="What happens in the meeting">
      {toasts.map(({ id, text, icon, tone }) => (
        <div key={id} className={`toast toast-${tone}`}>
          <Icon name={icon} size={19} />
          <span>{text}</span>
          <button type="button" aria-label="Dismiss" onClick={() => onDismiss(id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

/** Emoji that rise over the meeting, with the name of who sent them. */
export function Reactions({ reactions }: { reactions: readonly FloatingReaction[] }) {
  return (
    <div className="floating" aria-live="polite">
      {reactions.map(({ id, emoji, name, lane }) => (
        <div key={id} className="float" style={{ '--lane': lane } as React.CSSProperties}>
          <span className="float-emoji">{emoji}</span>
          <span className="float-name">{name}</span>
        </div>
      ))}
    </div>
  );
}

export function ReconnectBanner() {
  return (
    <div className="banner" role="alert">
      <span className="spinner" aria-hidden="true" />
      Connection lost. Reconnecting…
    </div>
  );
}

export function SharingBanner({ onStop }: { onStop(): void }) {
  return (
    <div className="banner banner-sharing" role="status">
      <Icon name="screen" size={19} />
      Everybody sees your screen.
      <button type="button" onClick={onStop}>
        Stop sharing
      </button>
    </div>
  );
}
