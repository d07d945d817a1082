import type { ReactNode } from 'react';
import type { IconName } from '../components/Icon';
import { MessageFrame } from '../components/MessageFrame';
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
    <MessageFrame icon={icon} title={title} lead={text} announced>
      <div className="message-actions">
        {children}
        <button
          className={children ? 'button button-quiet' : 'button button-primary'}
          onClick={() => navigate('/')}
        >
          Go to the start page
        </button>
      </div>
    </MessageFrame>
  );
}
