import type { types } from 'mediasoup-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IceKeeper } from './ice_keeper';

type StateListener = (state: types.ConnectionState) => void;

class FakeTransport {
  closed = false;
  readonly restartIce = vi.fn(async () => {});
  private listener: StateListener = () => {};

  on(_event: 'connectionstatechange', listener: StateListener): void {
    this.listener = listener;
  }

  become(state: types.ConnectionState): void {
    this.listener(state);
  }
}

const parameters = { usernameFragment: 'u', password: 'p' };
let transport: FakeTransport;
let fetchParameters: ReturnType<typeof vi.fn<() => Promise<types.IceParameters>>>;
let gaveUp: ReturnType<typeof vi.fn<() => void>>;

beforeEach(() => {
  vi.useFakeTimers();
  transport = new FakeTransport();
  fetchParameters = vi.fn(async () => parameters);
  gaveUp = vi.fn();
  new IceKeeper(transport as unknown as types.Transport, fetchParameters, gaveUp);
});

afterEach(() => {
  vi.useRealTimers();
});

it('restarts at once when the path has failed', async () => {
  transport.become('failed');
  await vi.advanceTimersByTimeAsync(1);
  expect(transport.restartIce).toHaveBeenCalledWith({ iceParameters: parameters });
});

it('leaves a short gap alone', async () => {
  transport.become('disconnected');
  await vi.advanceTimersByTimeAsync(1_500);
  transport.become('connected');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fetchParameters).not.toHaveBeenCalled();
});

it('restarts when the gap is long', async () => {
  transport.become('disconnected');
  await vi.advanceTimersByTimeAsync(2_100);
  expect(transport.restartIce).toHaveBeenCalledTimes(1);
});

it('gives up after three attempts', async () => {
  transport.become('failed');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(transport.restartIce).toHaveBeenCalledTimes(3);
  expect(gaveUp).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(gaveUp).toHaveBeenCalledTimes(1);
});

it('starts counting anew after a success', async () => {
  for (let outage = 0; outage < 5; outage++) {
    transport.become('failed');
    await vi.advanceTimersByTimeAsync(100);
    transport.become('connected');
  }
  await vi.advanceTimersByTimeAsync(60_000);
  expect(transport.restartIce).toHaveBeenCalledTimes(5);
  expect(gaveUp).not.toHaveBeenCalled();
});

it('does nothing for a transport that is closed', async () => {
  transport.become('disconnected');
  transport.closed = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fetchParameters).not.toHaveBeenCalled();
});
