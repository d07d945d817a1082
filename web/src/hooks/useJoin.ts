import { MeetingError, type Meeting } from '@kcs-meet/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import { createMeeting } from '../backend';
import { rememberedPassword, rememberPassword } from '../lib/passwords';
import type { SessionHandle } from './useSession';

export interface JoinState {
  /** The meeting, once one is in it; also after it has ended. */
  meeting: Meeting | null;
  busy: boolean;
  problem: string | null;
  /** The meeting has a password that is still missing (or was wrong: then `problem` says so). */
  passwordNeeded: boolean;
}

const FRESH: JoinState = { meeting: null, busy: false, problem: null, passwordNeeded: false };

/** Takes a person from the door into the meeting. */
export function useJoin(meetingId: string, { withToken }: SessionHandle) {
  const [state, setState] = useState(FRESH);
  const current = useRef<Meeting | null>(null);

  const join = useCallback(
    async (name: string, entered: string) => {
      const password = entered || rememberedPassword(meetingId);
      setState((old) => ({ ...old, busy: true, problem: null }));
      try {
        const meeting = await withToken(name, (token) => enter(meetingId, token, password));
        current.current = meeting;
        rememberPassword(meetingId, password);
        setState({ ...FRESH, meeting });
      } catch (error) {
        const failure = MeetingError.from(error);
        const passwordNeeded = failure.code === 'wrong-password';
        if (passwordNeeded) rememberPassword(meetingId, '');
        // The first refusal only tells that there is a password: nobody has typed a wrong one yet.
        const problem = passwordNeeded && !entered ? null : failure.message;
        setState((old) => ({
          ...old,
          busy: false,
          problem,
          passwordNeeded: old.passwordNeeded || passwordNeeded,
        }));
      }
    },
    [meetingId, withToken],
  );

  const reset = useCallback(() => {
    current.current = null;
    setState(FRESH);
  }, []);

  useEffect(() => {
    // Leaving the page is leaving the meeting; without the word the others would see a frozen picture for a while.
    const leave = () => void current.current?.leave();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, []);

  return { ...state, join, reset };
}

async function enter(meetingId: string, token: string, password: string): Promise<Meeting> {
  const meeting = createMeeting();
  try {
    await meeting.connect('', token);
    await meeting.join({ meetingId, speakerPlaces: true, ...(password && { password }) });
    return meeting;
  } catch (error) {
    void meeting.leave();
    throw error;
  }
}
