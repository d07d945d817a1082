const KEY = 'kcs-meet.password.';

/** The password of a meeting that was made or entered in this tab, so that a reload does not ask again. */
export function rememberPassword(meetingId: string, password: string): void {
  if (password) window.sessionStorage.setItem(KEY + meetingId, password);
  else window.sessionStorage.removeItem(KEY + meetingId);
}

export function rememberedPassword(meetingId: string): string {
  return window.sessionStorage.getItem(KEY + meetingId) ?? '';
}
