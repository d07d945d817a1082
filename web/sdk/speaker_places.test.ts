import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Meeting } from './meeting';
import { FakeServer, fakeDevice } from './testing/fake_server';

const ALICE = {
  participantId: 'alice',
  userName: 'Alice',
  role: 'host' as const,
  producers: [
    { producerId: 'a-mic', kind: 'audio' as const, source: 'microphone' as const },
    { producerId: 'a-cam', kind: 'video' as const, source: 'camera' as const },
    { producerId: 'a-film', kind: 'audio' as const, source: 'screen-audio' as const },
  ],
};

let server: FakeServer;
let meeting: Meeting;

beforeEach(() => {
  server = new FakeServer();
  server.participants = [ALICE];
  server.speakerPlaces = ['p1', 'p2'];
  meeting = new Meeting({ createSocket: () => server.socket, createDevice: () => fakeDevice() });
});

async function enter(speakerPlaces: boolean): Promise<void> {
  await meeting.connect('', 'token');
  await meeting.join({ meetingId: 'm1', speakerPlaces });
}

const until = (check: () => void) => vi.waitFor(check, { interval: 2 });
const places = () => meeting.getState().places;
const consumed = () => server.requestsOf('consume').map(({ producerId }) => producerId);
const allPlay = () =>
  until(() => expect(places().map(({ track }) => track?.kind)).toEqual(['audio', 'audio']));

describe('speaker places', () => {
  it('are heard instead of microphones, and nothing else changes', async () => {
    await enter(true);
    await allPlay();
    server.emit('new-producer', {
      participantId: 'alice',
      producerId: 'a-mic2',
      kind: 'audio',
      source: 'microphone',
    });
    await until(() => expect(server.requestsOf('resume-consumer')).toHaveLength(4));
    expect(consumed().sort()).toEqual(['a-cam', 'a-film', 'p1', 'p2']);
    const asked = server.requestsOf('consume').find(({ producerId }) => producerId === 'p1');
    expect(asked).not.toHaveProperty('producerParticipantId');
    expect(meeting.getState().participants.get('alice')?.media.microphone).toMatchObject({ paused: false });
  });

  it('are not asked for unless the application knows them', async () => {
    await enter(false);
    await until(() => expect(consumed().sort()).toEqual(['a-cam', 'a-film', 'a-mic']));
    expect(server.requestsOf('join-meeting')[0]).not.toHaveProperty('speakerPlaces');
    expect(places()).toEqual([]);
  });

  it('are left out where the server has none', async () => {
    server.speakerPlaces = [];
    await enter(true);
    await until(() => expect(consumed().sort()).toEqual(['a-cam', 'a-film', 'a-mic']));
  });

  it('have somebody at them, or nobody', async () => {
    await enter(true);
    await allPlay();
    server.emit('speaker-places', {
      places: [
        { producerId: 'p1', participantId: null },
        { producerId: 'p2', participantId: 'alice' },
      ],
    });
    expect(places().map(({ participantId }) => participantId)).toEqual([null, 'alice']);
    expect(places().map(({ track }) => track?.kind)).toEqual(['audio', 'audio']);
  });

  it('come back when the media worker was lost', async () => {
    await enter(true);
    await allPlay();
    server.emit('media-reset', { meetingId: 'm1', reason: 'worker-died' });
    expect(places().map(({ track }) => track)).toEqual([null, null]);
    await allPlay();
    expect(consumed().filter((id) => id === 'p1')).toHaveLength(2);
  });

  it('come back when the socket was lost', async () => {
    await enter(true);
    await allPlay();
    server.socket.drop();
    server.socket.connect();
    await until(() => expect(consumed().filter((id) => id === 'p2')).toHaveLength(2));
    await allPlay();
    expect(server.requestsOf('join-meeting').at(-1)).toMatchObject({ speakerPlaces: true });
  });
});
