import type { Meeting, MeetingState } from '@kcs-meet/sdk';
import { useSyncExternalStore } from 'react';
import type { DevicesState, LocalDevices } from '../lib/local_devices';

export function useMeetingState(meeting: Meeting): MeetingState {
  return useSyncExternalStore(meeting.subscribe, meeting.getState);
}

export function useDevices(devices: LocalDevices): DevicesState {
  return useSyncExternalStore(devices.subscribe, devices.get);
}
