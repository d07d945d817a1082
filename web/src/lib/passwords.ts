import { tabStorage } from './storage';

const KEY = 'kcs-meet.password.';

/** The password of a meeting that was made or entered in this tab, so that a reload does not ask again. */
export function rememberPassword(meetingId: string, password: string): void {
  if (password) tabStorage.setItem(KEY + meetingId, password);
  else tabStorage.removeItem(KEY + meetingId);
}

export function rememberedPassword(meetingId: string): string {
  return tabStorage.getItem(KEY + meetingId) ?? '';
}
