/**
 * Stands in for src/backend.ts under `vite --mode fake`: a server in memory, for looking at the pages without one.
 * The address says what happens, for instance /m/demo?people=8&share=1&speak=2&hands=1. See `Scene` below.
 */
import { MeetingError, type Meeting, type MeetingErrorCode, type RestApi } from '@kcs-meet/sdk';
import { FakeMeeting } from './meeting';

const scene = new URLSearchParams(window.location.search);
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

function jwt(claims: object): string {
  const part = (value: object) =>
    btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

export const api = {
  async guestToken(name: string) {
    await wait(50);
    if (scene.has('noguests')) return null;
    return jwt({ sub: 'me', name, exp: Date.now() / 1000 + 3600 });
  },
  async createMeeting(_token: string, meeting: { meeting_title: string }) {
    await wait(150);
    return { id: 'demo', meeting_title: meeting.meeting_title };
  },
  async getMeeting(_token: string, meetingId: string) {
    await wait(100);
    if (meetingId === 'missing') throw new MeetingError('not-found');
    return { id: meetingId, meeting_title: scene.get('title') ?? 'Team standup' };
  },
} as unknown as RestApi;

export function createMeeting(): Meeting {
  return new FakeMeeting({
    people: Number(scene.get('people') ?? 3),
    share: scene.has('share'),
    hands: Number(scene.get('hands') ?? 0),
    lost: scene.has('lost'),
    link: scene.get('link') ?? '',
    active: scene.get('active'),
    paused: Number(scene.get('paused') ?? 0),
    audioOnly: scene.has('soundonly'),
    password: scene.get('password') ?? '',
    refuse: scene.get('refuse') as MeetingErrorCode | null,
  }) as unknown as Meeting;
}
