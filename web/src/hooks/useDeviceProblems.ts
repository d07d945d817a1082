import { useEffect } from 'react';
import type { LocalDevices } from '../lib/local_devices';

/** Tells of problems with a device as they arise. What was wrong already at the door has been said there. */
export function useDeviceProblems(devices: LocalDevices, complain: (message: string) => void): void {
  useEffect(() => {
    let { camera, microphone } = devices.get();
    return devices.subscribe(() => {
      const now = devices.get();
      for (const [before, after] of [
        [camera, now.camera],
        [microphone, now.microphone],
      ] as const) {
        if (after.problem && after.problem !== before.problem) complain(after.problem);
      }
      ({ camera, microphone } = now);
    });
  }, [devices, complain]);
}
