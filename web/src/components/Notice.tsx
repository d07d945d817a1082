import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

/** A sentence that must be seen: an error by default, advice with `tone="info"`. */
export function Notice({
  children,
  tone = 'error',
  icon = 'warning',
}: {
  children: ReactNode;
  tone?: 'error' | 'info';
  icon?: IconName;
}) {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <Icon name={icon} size={20} />
      <div>{children}</div>
    </div>
  );
}
