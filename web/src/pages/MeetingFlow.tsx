import { MeetingError, preload, type MeetingDetails } from '@kcs-meet/sdk';
import { useEffect, useState } from 'react';
import { api } from '../backend';
import { useJoin } from '../hooks/useJoin';
import { useLocalDevices } from '../hooks/useLocalDevices';
import { rememberedPassword } from '../lib/passwords';
import type { SessionHandle } from '../hooks/useSession';
import { EndPage } from './EndPage';
import { MessagePage } from './MessagePage';
import { PreJoinPage } from './PreJoinPage';
import { RoomPage } from './RoomPage';

/** Everything behind a meeting's link: the door, the room, the end. */
export function MeetingFlow({ meetingId, handle }: { meetingId: string; handle: SessionHandle }) {
  const { details, missing } = useDetails(meetingId, handle);
  const { meeting, join, reset, ...joining } = useJoin(meetingId, handle);
  const [ended, setEnded] = useState(false);
  const title = details?.meeting_title ?? 'Meeting';

  useEffect(() => {
    document.title = `${title} · KCS Meet`;
  }, [title]);

  if (missing) {
    return (
      <MessagePage
        icon="search"
        title="This meeting does not exist"
        text="It may have been deleted, or the link is not complete. Please ask for the link again."
      />
    );
  }
  if (ended && meeting) {
    const again = () => {
      reset();
      setEnded(false);
    };
    return <EndPage end={meeting.getState().end} onRejoin={again} />;
  }
  const passwordNeeded =
    joining.passwordNeeded || (details?.has_password === true && !rememberedPassword(meetingId));
  return (
    <Door
      {...{ meetingId, handle, title, meeting, join }}
      joining={{ ...joining, passwordNeeded }}
      onEnd={() => setEnded(true)}
    />
  );
}

type Joining = ReturnType<typeof useJoin>;

interface DoorProps {
  meetingId: string;
  handle: SessionHandle;
  title: string;
  meeting: Joining['meeting'];
  join: Joining['join'];
  joining: Omit<Joining, 'meeting' | 'join' | 'reset'>;
  onEnd(): void;
}

/** Before and in the meeting, which share the camera and microphone: what was chosen at the door is used inside. */
function Door({ meetingId, handle, title, meeting, join, joining, onEnd }: DoorProps) {
  const devices = useLocalDevices();
  useEffect(preload, []);
  if (meeting) return <RoomPage meeting={meeting} meetingId={meetingId} devices={devices} onEnd={onEnd} />;
  return (
    <PreJoinPage title={title} devices={devices} session={handle.session} joining={joining} onJoin={join} />
  );
}

/** Looks the meeting up for its title. Only a meeting that does not exist stops one here: the rest shows on joining. */
function useDetails(meetingId: string, { session, withToken }: SessionHandle) {
  const [details, setDetails] = useState<MeetingDetails | null>(null);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    let current = true;
    withToken(session.rememberedName, (token) => api.getMeeting(token, meetingId)).then(
      (found) => current && setDetails(found),
      (error: unknown) => current && setMissing(MeetingError.from(error).code === 'not-found'),
    );
    return () => {
      current = false;
    };
  }, [meetingId, session, withToken]);
  return { details, missing };
}
