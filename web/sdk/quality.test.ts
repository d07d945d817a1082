import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Meeting } from './meeting';
import type { FakeSender } from './testing/fake_sender';
import { FakeServer, fakeDevice, fakeTrack } from './testing/fake_server';

const ALICE = {
  participantId: 'alice',
  userName: 'Alice',
  role: 'host' as const,
  producers: [
    { producerId: 'a-mic', kind: 'audio' as const, source: 'microphone' as const },
    { producerId: 'a-cam', kind: 'video' as const, source: 'camera' as const },
  ],
};

let server: FakeServer;
let senders: FakeSender[];
let meeting: Meeting;

beforeEach(() => {
  server = new FakeServer();
  server.participants = [ALICE];
  senders = [];
  meeting = new Meeting({ createSocket: () => server.socket, createDevice: () => fakeDevice(senders) });
});
afterEach(() => {
  vi.useRealTimers();
});

const until = (check: () => void) => vi.waitFor(check, { interval: 2 });
const alice = () => meeting.getState().participants.get('alice');
/** Which consumer the server made of a producer (the last one). */
const consumerOf = (producerId: string) =>
  server.requests
    .filter(({ event }) => event === 'resume-consumer')
    .map(({ payload }) => payload['consumerId'] as string)
    .at(producerId === 'a-mic' ? -2 : -1)!;

async function enter(): Promise<void> {
  await meeting.connect('', 'token');
  await meeting.join({ meetingId: 'm1' });
  await until(() => expect(server.requestsOf('resume-consumer')).toHaveLength(2));
}

async function comeBack(): Promise<void> {
  server.requests.length = 0;
  server.socket.drop();
  server.socket.connect();
  await until(() => expect(meeting.getState().phase).toBe('joined'));
  await until(() => expect(server.requestsOf('resume-consumer')).toHaveLength(2));
}

describe('the connection', () => {
  it('is known in numbers for oneself and by its level for the others', async () => {
    await enter();
    const numbers = { score: 0.4, rtt: 180, jitter: 12, loss: 0.03, availableOutgoingBitrate: 600_000 };
    server.emit('connection-quality', { participantId: 'me', quality: 'poor', upload: 'poor', ...numbers });
    server.emit('connection-quality', { participantId: 'alice', quality: 'good', ...numbers });
    expect(meeting.getState().self?.quality).toBe('poor');
    expect(meeting.getState().connection).toEqual({ quality: 'poor', upload: 'poor', ...numbers });
    expect(alice()?.quality).toBe('good');
  });

  it('that stays on its level does not disturb who looks at the people', async () => {
    await enter();
    const quality = { participantId: 'me', quality: 'good' as const, score: 0.8 };
    server.emit('connection-quality', { ...quality, rtt: 40 });
    const { self, participants } = meeting.getState();
    server.emit('connection-quality', { ...quality, rtt: 60 });
    expect(meeting.getState().connection?.rtt).toBe(60);
    expect(meeting.getState().self).toBe(self);
    expect(meeting.getState().participants).toBe(participants);
  });
});

describe('who speaks', () => {
  it('is in the state, and nobody after nobody does', async () => {
    await enter();
    server.emit('active-speaker', { participantId: 'alice' });
    expect(meeting.getState().activeSpeaker).toBe('alice');
    server.emit('active-speaker', { participantId: null });
    expect(meeting.getState().activeSpeaker).toBeNull();
  });

  it('how loudly is told apart from the state', async () => {
    await enter();
    const state = meeting.getState();
    const heard = vi.fn();
    meeting.subscribeLevels(heard);
    server.emit('audio-levels', { levels: [{ participantId: 'alice', level: -30 }] });
    expect(heard).toHaveBeenCalledTimes(1);
    expect(meeting.getLevels().get('alice')).toBe(-30);
    expect(meeting.getState()).toBe(state);
  });

  it('is silent when nothing more is heard of it', async () => {
    await enter();
    vi.useFakeTimers();
    server.emit('audio-levels', { levels: [{ participantId: 'alice', level: -30 }] });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(meeting.getLevels().size).toBe(0);
  });

  it('is nobody after a new beginning', async () => {
    await enter();
    server.emit('active-speaker', { participantId: 'alice' });
    await comeBack();
    expect(meeting.getState().activeSpeaker).toBeNull();
  });
});

describe('what arrives of a stream', () => {
  it('is known with the reason', async () => {
    await enter();
    const paused = { spatialLayer: null, temporalLayer: null, reason: 'bandwidth' as const };
    server.emit('consumer-layers-changed', { consumerId: consumerOf('a-cam'), ...paused });
    server.emit('consumer-score', { consumerId: consumerOf('a-cam'), score: 7 });
    expect(alice()?.media.camera).toMatchObject({ layers: paused, score: 7 });
    expect(alice()?.media.microphone).toMatchObject({ layers: null, score: null });
  });

  it('is also known when the news overtook the consumer', async () => {
    const layers = { spatialLayer: 0, temporalLayer: 1, reason: 'bandwidth' as const };
    server.announceLayers = layers;
    await enter();
    await until(() => expect(alice()?.media.camera?.layers).toEqual(layers));
  });

  it('is not known any more after the media was lost', async () => {
    await enter();
    const layers = { spatialLayer: 2, temporalLayer: 2, reason: 'preferred' as const };
    server.emit('consumer-layers-changed', { consumerId: consumerOf('a-cam'), ...layers });
    await comeBack();
    expect(alice()?.media.camera?.layers).toBeNull();
  });
});

describe('what nobody receives', () => {
  const produce = async () => {
    await enter();
    const track = fakeTrack('video');
    await meeting.publish(track, { source: 'camera' });
    return { track, producerId: 'p1', sender: senders.at(-1)! };
  };

  beforeEach(() => server.answer('produce', () => ({ producerId: 'p1' })));

  it('is not encoded, and is back when it is wanted again', async () => {
    const { producerId, sender } = await produce();
    server.emit('producer-layers-wanted', { producerId, maxSpatialLayer: 0 });
    await until(() => expect(sender.active).toEqual([true, false, false]));
    server.emit('producer-layers-wanted', { producerId, maxSpatialLayer: null });
    await until(() => expect(sender.active).toEqual([false, false, false]));
    server.emit('producer-layers-wanted', { producerId, maxSpatialLayer: 2 });
    await until(() => expect(sender.active).toEqual([true, true, true]));
  });

  it('leaves the camera and what is muted as they are', async () => {
    const { producerId, sender, track } = await produce();
    await meeting.mute('camera');
    server.emit('producer-layers-wanted', { producerId, maxSpatialLayer: null });
    server.emit('producer-layers-wanted', { producerId, maxSpatialLayer: 2 });
    await until(() => expect(sender.active).toEqual([true, true, true]));
    expect(track.enabled).toBe(false);
    expect(meeting.getState().local.camera).toMatchObject({ track, paused: true });
    expect(server.requestsOf('resume-producer')).toEqual([]);
  });

  it('is not encoded either when the word comes before the answer to `produce`', async () => {
    server.answer('produce', () => {
      server.emit('producer-layers-wanted', { producerId: 'p1', maxSpatialLayer: 1 });
      return { producerId: 'p1' };
    });
    const { sender } = await produce();
    await until(() => expect(sender.active).toEqual([true, true, false]));
  });

  it('does not concern the sound', async () => {
    await enter();
    await meeting.publish(fakeTrack('audio'), { source: 'microphone' });
    server.emit('producer-layers-wanted', { producerId: 'p1', maxSpatialLayer: null });
    await new Promise((done) => setTimeout(done, 5));
    expect(senders.at(-1)!.active).toEqual([true]);
  });

  it('is encoded in a new session until the server says otherwise', async () => {
    const { producerId } = await produce();
    server.emit('producer-layers-wanted', { producerId, maxSpatialLayer: null });
    await comeBack();
    await until(() => expect(senders).toHaveLength(2));
    expect(senders.at(-1)!.active).toEqual([true, true, true]);
  });
});

it('the score of what is sent is known', async () => {
  server.answer('produce', () => ({ producerId: 'p1' }));
  await enter();
  await meeting.publish(fakeTrack('audio'), { source: 'microphone' });
  server.emit('producer-score', { producerId: 'p1', score: 9 });
  expect(meeting.getState().local.microphone?.score).toBe(9);
});

describe('the viewport', () => {
  const SHOWN = { width: 640, height: 360, visible: true };

  it('is told by consumer, and again after coming back', async () => {
    await enter();
    meeting.setViewport('a-cam', SHOWN);
    await until(() => expect(server.requestsOf('set-viewport')).toHaveLength(1));
    expect(server.requestsOf('set-viewport')[0]).toEqual({
      consumers: [{ consumerId: consumerOf('a-cam'), ...SHOWN }],
    });
    await comeBack();
    await until(() => expect(server.requestsOf('set-viewport')).toHaveLength(1));
    expect(server.requestsOf('set-viewport')[0]).toEqual({
      consumers: [{ consumerId: consumerOf('a-cam'), ...SHOWN }],
    });
  });

  it('of a stream that is gone is of no interest', async () => {
    await enter();
    server.emit('producer-closed', { participantId: 'alice', producerId: 'a-cam', kind: 'video' });
    meeting.setViewport('a-cam', SHOWN);
    await new Promise((done) => setTimeout(done, 60));
    expect(server.requestsOf('set-viewport')).toEqual([]);
  });
});

describe('sound only', () => {
  it('is asked for and taken back', async () => {
    await enter();
    await meeting.setAudioOnly(true);
    expect(meeting.getState().audioOnly).toBe(true);
    await meeting.setAudioOnly(false);
    expect(server.requestsOf('set-audio-only')).toEqual([
      { meetingId: 'm1', enabled: true },
      { meetingId: 'm1', enabled: false },
    ]);
  });

  it('holds after coming back, before any picture is asked for', async () => {
    await enter();
    await meeting.setAudioOnly(true);
    await comeBack();
    const events = server.requests.map(({ event }) => event);
    expect(events).toContain('set-audio-only');
    expect(events.indexOf('set-audio-only')).toBeLessThan(events.indexOf('consume'));
  });

  it('chosen while the connection is away counts when it is back', async () => {
    await enter();
    server.socket.drop();
    await meeting.setAudioOnly(true);
    server.socket.connect();
    await until(() => expect(server.requestsOf('set-audio-only')).toHaveLength(1));
  });

  it('is not claimed when the server refuses', async () => {
    await enter();
    server.answer('set-audio-only', () => {
      throw { code: 'unavailable', message: 'no' };
    });
    await expect(meeting.setAudioOnly(true)).rejects.toMatchObject({ code: 'unavailable' });
    expect(meeting.getState().audioOnly).toBe(false);
  });
});
