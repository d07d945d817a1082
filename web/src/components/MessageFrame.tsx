import type { ReactNode } from 'react';
import { Brand } from './Brand';
import { Icon, type IconName } from './Icon';

interface MessageFrameProps {
  icon: IconName;
  title: string;
  lead: ReactNode;
  /** The lead tells what has happened, to who cannot see it as well. */
  announced?: boolean;
  children: ReactNode;
}

/** A page with one thing to say; what can be done about it are its children. */
export function MessageFrame({ icon, title, lead, announced = false, children }: MessageFrameProps) {
  return (
    <div className="message-page">
      <header className="start-header">
        <Brand />
      </header>
      <main className="message">
        <span className="message-icon">
          <Icon name={icon} size={34} />
        </span>
        <h1>{title}</h1>
        <p className="lead" role={announced ? 'status' : undefined}>
          {lead}
        </p>
        {children}
      </main>
    </div>
  );
}
