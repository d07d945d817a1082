import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Meeting } from './meeting';
import { MeetingError } from './errors';
import { FakeServer, fakeDevice, fakeTrack } from './testing/fake_server';

const ALICE = {
  participantId: 'alice',
  userName: 'Alice',
  role: 'host' as const,
  producers: [
    { producerId: 'a-mic', kind: 'audio' as const, source: 'microphone' as const, paused: false },
    { producerId: 'a-cam', kind: 'video' as const, source: 'camera' as const, paused: true },
  ],
};

let server: FakeServer;
let meeting: Meeting;

beforeEach(() => {
  server = new FakeServer();
  meeting = new Meeting({ createSocket: () => server.socket, createDevice: () => fakeDevice() });
});

afterEach(() => {
  vi.useRealTimers();
});

async function enter(): Promise<void> {
  await meeting.connect('', 'token');
  await meeting.join({ meetingId: 'm1' });
}

const alice = () => meeting.getState().participants.get('alice');
const until = (check: () => void) => vi.waitFor(check, { interval: 2 });
const joinedAgain = () => until(() => expect(meeting.getState().phase).toBe('joined'));

describe('joining', () => {
  it('knows the meeting and everybody in it afterwards', async () => {
    server.participants = [ALICE];
    await enter();
    const { phase, self, meeting: info } = meeting.getState();
    expect(phase).toBe('joined');
    expect(info?.meeting_title).toBe('Standup');
    expect(self?.participantId).toBe('me');
    expect(alice()?.userName).toBe('Alice');
  });

  it('does not list oneself among the others', async () => {
    server.participants = [ALICE, { participantId: 'me', userName: 'Me', role: 'participant' }];
    await enter();
    expect([...meeting.getState().participants.keys()]).toEqual(['alice']);
    expect(meeting.getState().self?.userName).toBe('Me');
  });

  it('says that the password is wrong and lets one try again', async () => {
    await meeting.connect('', 'token');
    server.answer('join-meeting', ({ meeting_password }) => {
      if (meeting_password !== 'sesame') throw { code: 'wrong-password', message: 'no' };
      return {
        participantId: 'me',
        participants: [],
        meeting: { id: 'm1' },
        rtpCapabilities: {},
        iceServers: [],
      };
    });
    await expect(meeting.join({ meetingId: 'm1', password: 'x' })).rejects.toMatchObject({
      code: 'wrong-password',
    });
    expect(meeting.getState().phase).toBe('idle');
    await meeting.join({ meetingId: 'm1', password: 'sesame' });
    expect(meeting.getState().phase).toBe('joined');
  });

  it('reports a refused token in plain words', async () => {
    server.refuseConnection = Object.assign(new Error('jwt expired'), { data: { code: 'unauthorized' } });
    const failure = await meeting.connect('', 'old').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MeetingError);
    expect(failure).toMatchObject({ code: 'unauthorized', detail: 'jwt expired' });
    expect((failure as Error).message).toContain('sign in again');
  });

  it('keeps events that overtake the answer to the join', async () => {
    await meeting.connect('', 'token');
    server.answer('join-meeting', () => {
      server.emit('participant-joined', { participantId: 'bob', userName: 'Bob', role: 'participant' });
      return {
        participantId: 'me',
        participants: [],
        meeting: { id: 'm1' },
        rtpCapabilities: {},
        iceServers: [],
      };
    });
    await meeting.join({ meetingId: 'm1' });
    expect(meeting.getState().participants.get('bob')?.userName).toBe('Bob');
  });

  it('leaves again when no transport can be had', async () => {
    await meeting.connect('', 'token');
    server.answer('create-transport', () => {
      throw { code: 'unavailable', message: 'no worker' };
    });
    await expect(meeting.join({ meetingId: 'm1' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.requestsOf('leave-meeting')).toHaveLength(1);
  });
});

describe('receiving', () => {
  it('plays the streams that are there already, each asked for once', async () => {
    server.participants = [ALICE];
    await enter();
    server.emit('new-producer', { participantId: 'alice', ...ALICE.producers[0]! });
    await until(() => expect(alice()?.media.camera?.track?.kind).toBe('video'));
    expect(alice()?.media.microphone?.track?.kind).toBe('audio');
    expect(server.requestsOf('consume').map(({ producerId }) => producerId)).toEqual(['a-mic', 'a-cam']);
  });

  it('lets media flow only when the browser is ready for it', async () => {
    server.participants = [ALICE];
    await enter();
    await until(() => expect(server.requestsOf('resume-consumer')).toHaveLength(2));
    const events = server.requests.map(({ event }) => event);
    expect(events.indexOf('resume-consumer')).toBeGreaterThan(events.lastIndexOf('consume'));
    expect(events.indexOf('resume-consumer')).toBeGreaterThan(events.indexOf('connect-transport'));
  });

  it('tells a second video of a client without sources apart as its screen', async () => {
    server.participants = [{ ...ALICE, producers: [] }];
    await enter();
    server.emit('new-producer', { participantId: 'alice', producerId: 'v1', kind: 'video' });
    server.emit('new-producer', { participantId: 'alice', producerId: 'v2', kind: 'video' });
    expect(alice()?.media.camera?.producerId).toBe('v1');
    expect(alice()?.media.screen?.producerId).toBe('v2');
  });

  it('follows pausing, closing and leaving', async () => {
    server.participants = [ALICE];
    const left = vi.fn();
    meeting.on('participant-left', left);
    await enter();
    await until(() => expect(alice()?.media.microphone?.track).toBeTruthy());
    server.emit('producer-paused', { participantId: 'alice', producerId: 'a-mic', kind: 'audio' });
    expect(alice()?.media.microphone?.paused).toBe(true);
    server.emit('producer-closed', { participantId: 'alice', producerId: 'a-mic', kind: 'audio' });
    expect(alice()?.media.microphone).toBeUndefined();
    server.emit('participant-left', { participantId: 'alice', reason: 'left' });
    expect(alice()).toBeUndefined();
    expect(left).toHaveBeenCalledWith({ participantId: 'alice', userName: 'Alice', reason: 'left' });
  });

  it('says nothing of a stream whose end overtook the wish for it', async () => {
    server.participants = [{ ...ALICE, producers: [] }];
    const failed = vi.fn();
    meeting.on('error', failed);
    await enter();
    server.answer('consume', () => {
      throw { code: 'not-found', message: 'gone' };
    });
    server.emit('new-producer', { participantId: 'alice', producerId: 'v1', kind: 'video' });
    await until(() => expect(server.requestsOf('consume').length).toBeGreaterThan(0));
    await new Promise((done) => setTimeout(done));
    expect(failed).not.toHaveBeenCalled();
  });

  it('drops a stream that ends while it is being set up', async () => {
    server.participants = [{ ...ALICE, producers: [] }];
    const failed = vi.fn();
    meeting.on('error', failed);
    await enter();
    server.answer('consume', () => {
      server.emit('producer-closed', { participantId: 'alice', producerId: 'v1', kind: 'video' });
      throw { code: 'not-found', message: 'gone' };
    });
    server.emit('new-producer', { participantId: 'alice', producerId: 'v1', kind: 'video' });
    await until(() => expect(server.requestsOf('consume')).toHaveLength(1));
    await new Promise((done) => setTimeout(done));
    expect(failed).not.toHaveBeenCalled();
    expect(alice()?.media.camera).toBeUndefined();
  });
});

describe('sending', () => {
  it('offers three sizes of the camera and names the source', async () => {
    await enter();
    await meeting.publish(fakeTrack('video'), { source: 'camera' });
    const [sent] = server.requestsOf('produce');
    expect(sent).toMatchObject({ kind: 'video', source: 'camera', paused: false, meetingId: 'm1' });
    const { codecs, encodings } = sent!['rtpParameters'] as {
      codecs: { mimeType: string }[];
      encodings: unknown[];
    };
    expect(codecs[0]?.mimeType).toBe('video/VP8');
    expect(encodings).toHaveLength(3);
  });

  it('sends one stream for the screen', async () => {
    await enter();
    await meeting.publish(fakeTrack('video'), { source: 'screen' });
    const { encodings } = server.requestsOf('produce')[0]!['rtpParameters'] as { encodings: unknown[] };
    expect(encodings).toHaveLength(1);
  });

  it('publishes what was there before the join', async () => {
    await meeting.publish(fakeTrack('audio'), { source: 'microphone', paused: true });
    await enter();
    expect(server.requestsOf('produce')[0]).toMatchObject({ source: 'microphone', paused: true });
  });

  it('mutes and unmutes at the server too', async () => {
    await enter();
    const track = fakeTrack('audio');
    await meeting.publish(track, { source: 'microphone' });
    await meeting.mute('microphone');
    expect(track.enabled).toBe(false);
    expect(meeting.getState().local.microphone?.paused).toBe(true);
    await meeting.unmute('microphone');
    expect(track.enabled).toBe(true);
    expect(server.requests.map(({ event }) => event).filter((event) => /-producer$/.test(event))).toEqual([
      'pause-producer',
      'resume-producer',
    ]);
  });

  it('mutes at the server also when the click comes while the stream is still being set up', async () => {
    await enter();
    server.answer('produce', () => new Promise((done) => setTimeout(() => done({ producerId: 'p1' }), 20)));
    await Promise.all([
      meeting.publish(fakeTrack('audio'), { source: 'microphone' }),
      meeting.mute('microphone'),
    ]);
    expect(meeting.getState().local.microphone?.paused).toBe(true);
    expect(server.requestsOf('pause-producer')).toEqual([{ producerId: 'p1' }]);
  });

  it('takes the screen back when sharing is stopped in the browser', async () => {
    await enter();
    const track = fakeTrack('video') as MediaStreamTrack & { remoteStop(): void };
    await meeting.publish(track, { source: 'screen' });
    track.remoteStop();
    await until(() => expect(server.requestsOf('close-producer')).toHaveLength(1));
    expect(meeting.getState().local.screen).toBeUndefined();
  });

  it('does not keep a stream the server refused', async () => {
    await enter();
    server.answer('produce', () => {
      throw { code: 'forbidden', message: 'no' };
    });
    await expect(meeting.publish(fakeTrack('audio'), { source: 'microphone' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(meeting.getState().local.microphone).toBeUndefined();
  });
});

describe('coming back', () => {
  it('joins again after a lost socket and rebuilds what was sent and received', async () => {
    server.participants = [ALICE];
    await enter();
    await meeting.publish(fakeTrack('audio'), { source: 'microphone' });
    await meeting.mute('microphone');
    await until(() => expect(alice()?.media.microphone?.track).toBeTruthy());
    server.requests.length = 0;

    server.socket.drop();
    expect(meeting.getState().phase).toBe('reconnecting');
    server.socket.connect();
    await joinedAgain();
    await until(() => expect(alice()?.media.microphone?.track).toBeTruthy());
    expect(server.requestsOf('join-meeting')).toHaveLength(1);
    expect(server.requestsOf('create-transport')).toHaveLength(2);
    expect(server.requestsOf('produce')[0]).toMatchObject({ source: 'microphone', paused: true });
    expect(server.requestsOf('consume')).toHaveLength(2);
  });

  it('remembers a mute made while the socket was away', async () => {
    await enter();
    await meeting.publish(fakeTrack('audio'), { source: 'microphone' });
    server.socket.drop();
    await meeting.mute('microphone');
    server.requests.length = 0;
    server.socket.connect();
    await joinedAgain();
    expect(server.requestsOf('produce')[0]).toMatchObject({ paused: true });
  });

  it('builds new transports when the media worker was lost, without joining again', async () => {
    server.participants = [ALICE];
    await enter();
    await until(() => expect(alice()?.media.camera?.track).toBeTruthy());
    const before = alice()?.media.camera?.track;
    server.requests.length = 0;
    server.emit('media-reset', { meetingId: 'm1', reason: 'worker-died' });
    expect(alice()?.media.camera).toBeUndefined();
    await joinedAgain();
    expect(server.requestsOf('consume')).toEqual([]);
    server.emit('new-producer', { participantId: 'alice', producerId: 'again', kind: 'video' });
    await until(() => expect(alice()?.media.camera?.track).toBeTruthy());
    expect(alice()?.media.camera?.track).not.toBe(before);
    expect(server.requestsOf('join-meeting')).toHaveLength(0);
  });

  it('tries again when the server is not ready yet', async () => {
    await enter();
    vi.useFakeTimers();
    let refusals = 2;
    server.answer('create-transport', ({ direction }) => {
      if (refusals-- > 0) throw { code: 'unavailable', message: 'starting' };
      return {
        direction,
        params: { id: 't', iceParameters: {}, iceCandidates: [], dtlsParameters: { fingerprints: [] } },
      };
    });
    server.emit('media-reset', { meetingId: 'm1', reason: 'worker-died' });
    await vi.advanceTimersByTimeAsync(500);
    expect(meeting.getState().phase).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(meeting.getState().phase).toBe('joined');
  });

  it('does not join twice over one socket when only the media is not ready', async () => {
    await enter();
    vi.useFakeTimers();
    let refuse = true;
    server.answer('create-transport', ({ direction }) => {
      if (refuse) throw { code: 'unavailable', message: 'starting' };
      return {
        direction,
        params: { id: 't', iceParameters: {}, iceCandidates: [], dtlsParameters: { fingerprints: [] } },
      };
    });
    server.requests.length = 0;
    server.socket.drop();
    server.socket.connect();
    await vi.advanceTimersByTimeAsync(2_500);
    refuse = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(meeting.getState().phase).toBe('joined');
    expect(server.requestsOf('join-meeting')).toHaveLength(1);
  });

  it('takes a new socket when the answer to the join is lost', async () => {
    await enter();
    vi.useFakeTimers();
    let connections = 0;
    server.socket.on('connect', () => connections++);
    server.answer('join-meeting', () => new Promise(() => {}));
    server.socket.drop();
    server.socket.connect();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(connections).toBeGreaterThan(1);
    expect(meeting.getState().phase).toBe('reconnecting');
  });

  it('does not wait for the socket to notice that the network is gone', async () => {
    let network = { lost: () => {}, found: () => {} };
    meeting = new Meeting({
      createSocket: () => server.socket,
      createDevice: () => fakeDevice(),
      watchNetwork: (lost, found) => {
        network = { lost, found };
        return () => {};
      },
    });
    await enter();
    server.socket.reachable = false;
    network.lost();
    expect(meeting.getState().phase).toBe('reconnecting');
    server.socket.reachable = true;
    network.found();
    await joinedAgain();
  });

  it('gives up when the meeting is over', async () => {
    await enter();
    server.answer('join-meeting', () => {
      throw { code: 'meeting-ended', message: 'over' };
    });
    server.socket.drop();
    server.socket.connect();
    await until(() => expect(meeting.getState().phase).toBe('ended'));
    expect(meeting.getState().end).toMatchObject({ reason: 'error', error: { code: 'meeting-ended' } });
  });

  it('ends when the session is refused on the way back', async () => {
    await enter();
    server.refuseConnection = Object.assign(new Error('expired'), { data: { code: 'unauthorized' } });
    server.socket.drop();
    server.socket.connect();
    await until(() => expect(meeting.getState().end?.error?.code).toBe('unauthorized'));
  });
});

describe('the end', () => {
  it('says goodbye and hangs up', async () => {
    await enter();
    await meeting.leave();
    expect(server.requestsOf('leave-meeting')).toEqual([{ meetingId: 'm1' }]);
    expect(server.socket.connected).toBe(false);
    expect(meeting.getState().end).toEqual({ reason: 'left' });
  });

  it('knows that the host ended it, and that one was removed or replaced', async () => {
    await enter();
    server.emit('participant-left', { participantId: 'me', reason: 'replaced' });
    expect(meeting.getState().end).toEqual({ reason: 'replaced' });
  });

  it('refuses requests afterwards', async () => {
    await enter();
    await meeting.leave();
    await expect(meeting.raiseHand(true)).rejects.toMatchObject({ code: 'disconnected' });
  });
});

describe('hands and reactions', () => {
  it('shows hands of others and of oneself', async () => {
    server.participants = [{ ...ALICE, producers: [] }];
    await enter();
    server.emit('hand-raised', { participantId: 'alice', userName: 'Alice', raised: true, timestamp: 1 });
    server.emit('hand-raised', { participantId: 'me', userName: 'Me', raised: true, timestamp: 2 });
    expect(alice()?.handRaised).toBe(true);
    expect(meeting.getState().self?.handRaised).toBe(true);
  });

  it('passes reactions on', async () => {
    const seen = vi.fn();
    meeting.on('reaction', seen);
    await enter();
    await meeting.react('👍');
    expect(server.requestsOf('send-reaction')).toEqual([{ meetingId: 'm1', reaction: '👍' }]);
    server.emit('participant-reaction', {
      participantId: 'alice',
      userName: 'Alice',
      reaction: '👏',
      timestamp: 1,
    });
    expect(seen).toHaveBeenCalledWith({ participantId: 'alice', userName: 'Alice', reaction: '👏' });
  });
});
