import { beforeEach, expect, it } from 'vitest';
import type { InputState } from './local_devices';
import { publishDevices } from './publish_devices';

type Source = 'camera' | 'microphone';
type Meeting = Parameters<typeof publishDevices>[0];

const OFF: InputState = { on: false, starting: false, track: null, deviceId: '', problem: null };
const track = (label: string) => ({ label }) as MediaStreamTrack;
const settled = () => new Promise((done) => setTimeout(done));

/** Notes what the meeting was told, and remembers it as the meeting would. */
class Told {
  readonly log: string[] = [];
  local: Record<string, { track: MediaStreamTrack | null; paused: boolean }> = {};

  getState = () => ({ local: this.local }) as unknown as ReturnType<Meeting['getState']>;
  publish = async (
    sent: MediaStreamTrack,
    { source, paused = false }: { source: string; paused?: boolean },
  ) => {
    this.log.push(`publish ${sent.label}${paused ? ' paused' : ''}`);
    this.local[source] = { track: sent, paused };
  };
  replaceTrack = async (source: string, sent: MediaStreamTrack | null) => {
    this.log.push(`replace ${source} ${sent?.label ?? 'nothing'}`);
    this.local[source]!.track = sent;
  };
  mute = async (source: string) => {
    this.log.push(`mute ${source}`);
    this.local[source]!.paused = true;
  };
  unmute = async (source: string) => {
    this.log.push(`unmute ${source}`);
    this.local[source]!.paused = false;
  };
}

class FakeDevices {
  private state = { camera: OFF, microphone: OFF };
  private listener = () => {};
  get = () => this.state as never;
  subscribe = (listener: () => void) => {
    this.listener = listener;
    return () => (this.listener = () => {});
  };
  async set(kind: Source, change: Partial<InputState>): Promise<void> {
    this.state = { ...this.state, [kind]: { ...this.state[kind], ...change } };
    this.listener();
    await settled();
  }
}

let told: Told;
let devices: FakeDevices;
let stop: () => void;

beforeEach(() => {
  told = new Told();
  devices = new FakeDevices();
  stop = publishDevices(told, devices, (error) => told.log.push(String(error)));
});

it('sends nothing while nothing is captured', async () => {
  await settled();
  expect(told.log).toEqual([]);
});

it('turns the camera off by saying so before the picture stops, and on the other way round', async () => {
  await devices.set('camera', { on: true, track: track('A') });
  await devices.set('camera', { on: false, track: null });
  await devices.set('camera', { on: true, track: track('B') });
  expect(told.log).toEqual([
    'publish A',
    'mute camera',
    'replace camera nothing',
    'replace camera B',
    'unmute camera',
  ]);
});

it('mutes without letting the microphone go', async () => {
  const voice = track('voice');
  await devices.set('microphone', { on: false, track: voice });
  await devices.set('microphone', { on: true, track: voice });
  await devices.set('microphone', { on: false, track: voice });
  expect(told.log).toEqual(['publish voice paused', 'unmute microphone', 'mute microphone']);
});

it('ends up right after hasty changes', async () => {
  void devices.set('camera', { on: true, track: track('A') });
  void devices.set('camera', { on: false, track: null });
  await devices.set('camera', { on: true, track: track('B') });
  expect(told.local['camera']).toEqual({ track: expect.objectContaining({ label: 'B' }), paused: false });
});

it('stops when the meeting is left', async () => {
  stop();
  await devices.set('camera', { on: true, track: track('A') });
  expect(told.log).toEqual([]);
});
