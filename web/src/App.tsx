import { useEffect } from 'react';
import { useRoute } from './lib/route';
import { useSession } from './hooks/useSession';
import { MeetingFlow } from './pages/MeetingFlow';
import { MessagePage } from './pages/MessagePage';
import { StartPage } from './pages/StartPage';
import { TokenPage } from './pages/TokenPage';

export function App() {
  const route = useRoute();
  const { question, answer, ...handle } = useSession();

  useEffect(() => {
    if (route.page !== 'meeting') document.title = 'KCS Meet';
  }, [route.page]);

  if (question) return <TokenPage expired={question === 'expired'} onToken={answer} />;
  switch (route.page) {
    case 'start':
      return <StartPage handle={handle} />;
    case 'meeting':
      return <MeetingFlow key={route.meetingId} meetingId={route.meetingId} handle={handle} />;
    case 'unknown':
      return (
        <MessagePage
          icon="search"
          title="There is nothing here"
          text="The address does not lead to a meeting. Please check the link you were given."
        />
      );
  }
}
