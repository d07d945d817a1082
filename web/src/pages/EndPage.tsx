import type { MeetingEnd } from '@kcs-meet/sdk';
import { MessagePage } from './MessagePage';

const WORDS: Record<MeetingEnd['reason'], { title: string; text: string }> = {
  left: {
    title: 'You left the meeting',
    text: 'The others can still talk. You can come back while the meeting goes on.',
  },
  'ended-by-host': { title: 'The meeting has ended', text: 'The host closed it for everybody.' },
  kicked: { title: 'You were removed', text: 'A host took you out of the meeting.' },
  replaced: {
    title: 'You joined from somewhere else',
    text: 'You are in this meeting in another tab or on another device.',
  },
  error: { title: 'You are no longer in the meeting', text: 'The connection could not be restored.' },
};

export function EndPage({ end, onRejoin }: { end: MeetingEnd | null; onRejoin(): void }) {
  const reason = end?.reason ?? 'left';
  const { title, text } = WORDS[reason];
  return (
    <MessagePage
      icon={reason === 'error' ? 'offline' : 'door'}
      title={title}
      text={end?.error?.message ?? text}
    >
      {reason !== 'ended-by-host' && (
        <button className="button button-primary" onClick={onRejoin} autoFocus>
          {reason === 'replaced' ? 'Use it here instead' : 'Join again'}
        </button>
      )}
    </MessagePage>
  );
}
