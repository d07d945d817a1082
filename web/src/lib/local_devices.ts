import { describeMediaProblem, describeUnplugged, mediaDevices, type DeviceKind } from './media_problem';
import { deviceStorage } from './storage';

export interface InputState {
  readonly on: boolean;
  readonly starting: boolean;
  readonly track: MediaStreamTrack | null;
  readonly deviceId: string;
  readonly problem: string | null;
}

export interface DeviceLists {
  readonly camera: readonly MediaDeviceInfo[];
  readonly microphone: readonly MediaDeviceInfo[];
  readonly speaker: readonly MediaDeviceInfo[];
}

export interface DevicesState {
  readonly camera: InputState;
  readonly microphone: InputState;
  readonly speakerId: string;
  readonly lists: DeviceLists;
}

const KEY = 'kcs-meet.device.';

const CONSTRAINTS: Record<DeviceKind, MediaTrackConstraints> = {
  camera: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 60 } },
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

function initialInput(kind: DeviceKind): InputState {
  return {
    on: false,
    starting: false,
    track: null,
    deviceId: deviceStorage.getItem(KEY + kind) ?? '',
    problem: null,
  };
}

/**
 * The camera and microphone of this person, as they are wanted and as they are. An observable state; no React in it.
 * A camera that is off is released, so that its light goes out; a microphone that is off is only silenced, so that
 * unmuting is instant.
 */
export class LocalDevices {
  private state: DevicesState = {
    camera: initialInput('camera'),
    microphone: initialInput('microphone'),
    speakerId: deviceStorage.getItem(`${KEY}speaker`) ?? '',
    lists: { camera: [], microphone: [], speaker: [] },
  };
  private readonly listeners = new Set<() => void>();
  /** Counts the requests for each kind: an answer to an older request is thrown away. */
  private readonly asked: Record<DeviceKind, number> = { camera: 0, microphone: 0 };

  readonly get = (): DevicesState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks for both at once, so that there is one question; if that fails, for each, to find out which one it was. */
  async start(): Promise<void> {
    navigator.mediaDevices?.addEventListener('devicechange', this.refreshLists);
    const requests = { camera: ++this.asked.camera, microphone: ++this.asked.microphone };
    this.patch('camera', { starting: true });
    this.patch('microphone', { starting: true });
    try {
      const stream = await mediaDevices().getUserMedia({
        video: this.constraints('camera'),
        audio: this.constraints('microphone'),
      });
      for (const track of stream.getTracks()) {
        const kind = track.kind === 'video' ? 'camera' : 'microphone';
        if (this.asked[kind] === requests[kind]) this.install(kind, track);
        else track.stop();
      }
      void this.refreshLists();
    } catch {
      const kinds = (['microphone', 'camera'] as const).filter((kind) => this.asked[kind] === requests[kind]);
      await Promise.all(kinds.map((kind) => this.acquire(kind)));
    }
  }

  stop(): void {
    navigator.mediaDevices?.removeEventListener('devicechange', this.refreshLists);
    for (const kind of ['camera', 'microphone'] as const) {
      this.asked[kind]++;
      this.state[kind].track?.stop();
      this.patch(kind, { on: false, starting: false, track: null });
    }
  }

  async turn(kind: DeviceKind, on: boolean): Promise<void> {
    const { track } = this.state[kind];
    if (kind === 'microphone' && track) {
      track.enabled = on;
      return this.patch(kind, { on });
    }
    if (on) return this.acquire(kind);
    this.asked[kind]++;
    track?.stop();
    this.patch(kind, { on: false, starting: false, track: null, problem: null });
  }

  toggle(kind: DeviceKind): Promise<void> {
    const { on, starting } = this.state[kind];
    return this.turn(kind, !(on || starting));
  }

  async choose(kind: DeviceKind, deviceId: string): Promise<void> {
    deviceStorage.setItem(KEY + kind, deviceId);
    this.patch(kind, { deviceId });
    if (this.state[kind].track) await this.acquire(kind);
  }

  chooseSpeaker(speakerId: string): void {
    deviceStorage.setItem(`${KEY}speaker`, speakerId);
    this.update({ speakerId });
  }

  private async acquire(kind: DeviceKind): Promise<void> {
    const request = ++this.asked[kind];
    const current = () => request === this.asked[kind];
    this.patch(kind, { starting: true, problem: null });
    try {
      const constraints = this.constraints(kind);
      const stream = await mediaDevices().getUserMedia(
        kind === 'camera' ? { video: constraints } : { audio: constraints },
      );
      const track = stream.getTracks()[0]!;
      if (!current()) return track.stop();
      this.install(kind, track);
      void this.refreshLists();
    } catch (error) {
      if (current())
        this.patch(kind, { starting: false, on: false, problem: describeMediaProblem(kind, error) });
    }
  }

  private constraints(kind: DeviceKind): MediaTrackConstraints {
    const { deviceId } = this.state[kind];
    return { ...CONSTRAINTS[kind], ...(deviceId && { deviceId: { ideal: deviceId } }) };
  }

  private install(kind: DeviceKind, track: MediaStreamTrack): void {
    const { track: old, on } = this.state[kind];
    // Another microphone while muted stays muted.
    if (old) track.enabled = kind === 'camera' || on;
    track.addEventListener('ended', () => this.unplugged(kind, track));
    this.patch(kind, { on: old ? on : true, starting: false, track, problem: null });
    old?.stop();
  }

  private unplugged(kind: DeviceKind, track: MediaStreamTrack): void {
    if (this.state[kind].track !== track) return;
    this.patch(kind, { on: false, track: null, problem: describeUnplugged(kind) });
    void this.refreshLists();
  }

  private readonly refreshLists = async (): Promise<void> => {
    const all = await mediaDevices().enumerateDevices();
    const of = (kind: MediaDeviceKind) =>
      all.filter((device) => device.kind === kind && device.deviceId !== '');
    this.update({
      lists: { camera: of('videoinput'), microphone: of('audioinput'), speaker: of('audiooutput') },
    });
  };

  private patch(kind: DeviceKind, change: Partial<InputState>): void {
    this.update({ [kind]: { ...this.state[kind], ...change } });
  }

  private update(change: Partial<DevicesState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) listener();
  }
}

/** Asks for a screen, window or tab, with its sound where the browser can. Null when the person changed their mind. */
export async function openScreen(): Promise<{
  video: MediaStreamTrack;
  audio: MediaStreamTrack | null;
} | null> {
  try {
    const stream = await mediaDevices().getDisplayMedia({
      video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { max: 30 } },
      audio: true,
    });
    const video = stream.getVideoTracks()[0]!;
    video.contentHint = 'detail';
    return { video, audio: stream.getAudioTracks()[0] ?? null };
  } catch (error) {
    if (error instanceof Error && error.name === 'NotAllowedError') return null;
    throw error;
  }
}

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}
