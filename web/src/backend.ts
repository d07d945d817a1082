import { Meeting, RestApi } from '@kcs-meet/sdk';

/** The only door to the server; `--mode fake` puts one in memory behind it. */
export const api = new RestApi();

export function createMeeting(): Meeting {
  return new Meeting();
}
