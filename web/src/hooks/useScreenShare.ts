import { MeetingError, type Meeting } from '@kcs-meet/sdk';
import { useCallback } from 'react';
import { openScreen } from '../lib/local_devices';

/** Starts and stops sharing one's screen. Errors go to `onError` in plain words. */
export function useScreenShare(meeting: Meeting, onError: (message: string) => void) {
  const stop = useCallback(async () => {
    const { local } = meeting.getState();
    for (const source of ['screen', 'screen-audio'] as const) {
      local[source]?.track?.stop();
      if (local[source]) await meeting.unpublish(source).catch(() => {});
    }
  }, [meeting]);

  const start = useCallback(async () => {
    let screen: Awaited<ReturnType<typeof openScreen>> = null;
    try {
      screen = await openScreen();
      if (!screen) return;
      await meeting.publish(screen.video, { source: 'screen' });
      if (screen.audio) await meeting.publish(screen.audio, { source: 'screen-audio' });
    } catch (error) {
      screen?.video.stop();
      screen?.audio?.stop();
      onError(error instanceof MeetingError ? error.message : 'Your screen could not be shared.');
    }
  }, [meeting, onError]);

  const toggle = useCallback(
    () => void (meeting.getState().local.screen ? stop() : start()),
    [meeting, start, stop],
  );
  return { toggle, stop };
}
