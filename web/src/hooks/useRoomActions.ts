import { MeetingError, type Meeting } from '@kcs-meet/sdk';
import { useMemo } from 'react';
import { meetingLink } from '../lib/route';
import type { useNews } from './useNews';

type Tell = ReturnType<typeof useNews>['tell'];

/** What the buttons and keys of the room do, with failures told in words. */
export function useRoomActions(meeting: Meeting, meetingId: string, tell: Tell) {
  return useMemo(() => {
    const complain = (error: unknown) => tell(MeetingError.from(error).message, 'warning', 'error');
    return {
      complain,
      toggleHand: () => void meeting.raiseHand(!meeting.getState().self?.handRaised).catch(complain),
      react: (emoji: string) => void meeting.react(emoji).catch(complain),
      setAudioOnly: (enabled: boolean) => void meeting.setAudioOnly(enabled).catch(complain),
      leave: () => void meeting.leave(),
      copyLink: async () => {
        const link = meetingLink(meetingId);
        try {
          await navigator.clipboard.writeText(link);
          tell('Link copied. Send it to whoever should join.', 'link');
        } catch {
          // No clipboard on pages that are not secure: at least the link can be read.
          tell(link, 'link');
        }
      },
    };
  }, [meeting, meetingId, tell]);
}
