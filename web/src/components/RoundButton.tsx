import type { ButtonHTMLAttributes } from 'react';
import { Icon, type IconName } from './Icon';

interface RoundButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  label: string;
  /** The key that does the same, for the tooltip. */
  shortcut?: string;
  tone?: 'plain' | 'glass' | 'off' | 'active' | 'danger';
  badge?: number | string | null;
}

export function RoundButton({ icon, label, shortcut, tone = 'plain', badge, ...button }: RoundButtonProps) {
  return (
    <button
      type="button"
      className={`round round-${tone}`}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      data-tip={shortcut ? `${label} (${shortcut})` : label}
      {...button}
    >
      <Icon name={icon} />
      {badge != null && (
        <span className="badge" aria-hidden="true">
          {badge}
        </span>
      )}
    </button>
  );
}
