import type { Meeting } from '@kcs-meet/sdk';
import type { InputState, LocalDevices } from './local_devices';

/** Keeps what the meeting gets in step with the devices. Returns the function that ends it. */
export function publishDevices(
  meeting: Pick<Meeting, 'getState' | 'publish' | 'replaceTrack' | 'mute' | 'unmute'>,
  devices: Pick<LocalDevices, 'get' | 'subscribe'>,
  onError: (error: unknown) => void,
): () => void {
  let stopped = false;
  let queue: Promise<void> = Promise.resolve();
  let seen: [InputState | null, InputState | null] = [null, null];

  const sync = () => {
    const { microphone, camera } = devices.get();
    if (stopped || (seen[0] === microphone && seen[1] === camera)) return;
    seen = [microphone, camera];
    // One at a time: each step looks at what the last one left.
    queue = queue.then(async () => {
      if (stopped) return;
      await Promise.all([
        apply('microphone', devices.get().microphone),
        apply('camera', devices.get().camera),
      ]).catch(onError);
    });
  };

  const apply = async (source: 'microphone' | 'camera', { on, track }: InputState) => {
    const published = meeting.getState().local[source];
    if (!published) {
      if (track) await meeting.publish(track, { source, paused: !on });
      return;
    }
    // Off: say so before the picture freezes. On: have a picture before saying so.
    if (!on && !published.paused) await meeting.mute(source);
    if (published.track !== track) await meeting.replaceTrack(source, track);
    if (on && published.paused) await meeting.unmute(source);
  };

  const unsubscribe = devices.subscribe(sync);
  sync();
  return () => {
    stopped = true;
    unsubscribe();
  };
}
