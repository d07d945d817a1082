import type { ReactNode } from 'react';
import { Brand } from '../components/Brand';
import { Icon, type IconName } from '../components/Icon';
import { navigate } from '../lib/route';

interface MessagePageProps {
  icon: IconName;
  title: string;
  text: ReactNode;
  children?: ReactNode;
}

/** One thing to say and what can be done about it: errors without a way on, and the end of a meeting. */
export function MessagePage({ icon, title, text, children }: MessagePageProps) {
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
        <p className="lead" role="status">
          {text}
        </p>
        <div className="message-actions">
          {children}
          <button
            className={children ? 'button button-quiet' : 'button button-primary'}
            onClick={() => navigate('/')}
          >
            Go to the start page
          </button>
        </div>
      </main>
    </div>
  );
}
