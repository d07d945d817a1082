/**
 * @kcs-meet/sdk: a KCS Meet server from the browser.
 *
 *   const meeting = new Meeting();
 *   await meeting.connect('', token);
 *   await meeting.join({ meetingId });
 *   await meeting.publish(track, { source: 'camera' });
 *   meeting.subscribe(() => render(meeting.getState()));
 */
export { Meeting, type JoinOptions, type MeetingOptions } from './meeting';
export { preload } from './platform';
export { MeetingError, type MeetingErrorCode } from './errors';
export { RestApi, type MeetingDetails, type NewMeeting } from './rest';
export { readToken, type TokenClaims } from './token';
export type { MeetingEnd, MeetingState, Phase, Self } from './meeting_state';
export type { MeetingEvents } from './room_events';
export type { Participant, RemoteMedia, Roster } from './roster';
export type { SpeakerPlace, SpeakerPlaces } from './speaker_places';
export type { LocalMedia } from './local_media';
export type { PublishOptions } from './media_session';
export type { SocketLike } from './signaling';
export type * from './protocol';
