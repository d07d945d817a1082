import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeetingError } from './errors';
import type { RequestName } from './protocol';
import { ReceiveWishes } from './receive_wishes';

let consumers: Map<string, string>;
let requests: Array<{ name: RequestName; payload: unknown }>;
let refusal: MeetingError | null;
let wishes: ReceiveWishes;

beforeEach(() => {
  vi.useFakeTimers();
  consumers = new Map([
    ['cam-a', 'c1'],
    ['cam-b', 'c2'],
  ]);
  requests = [];
  refusal = null;
  wishes = new ReceiveWishes({
    consumerOf: (producerId) => consumers.get(producerId),
    request: async (name, payload) => {
      requests.push({ name, payload });
      if (refusal) throw refusal;
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const within = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const sent = () => requests.map(({ payload }) => payload);
const SMALL = { width: 320, height: 180, visible: true };

describe('what is shown', () => {
  it('goes out in one message for several pictures, in whole pixels', async () => {
    wishes.setViewport('cam-a', { width: 319.6, height: 180.2, visible: true });
    wishes.setViewport('cam-b', { width: 99_999, height: -1, visible: false });
    await within(50);
    expect(sent()).toEqual([
      {
        consumers: [
          { consumerId: 'c1', ...SMALL },
          { consumerId: 'c2', width: 16_384, height: 0, visible: false },
        ],
      },
    ]);
  });

  it('is told about four times a second while it keeps changing, and the last size is told', async () => {
    for (let step = 0; step < 100; step++) {
      wishes.setViewport('cam-a', { width: 300 + step, height: 200, visible: true });
      await within(10);
    }
    await within(300);
    expect(requests.length).toBeLessThanOrEqual(6);
    expect(sent().at(-1)).toEqual({
      consumers: [{ consumerId: 'c1', width: 399, height: 200, visible: true }],
    });
  });

  it('is not told again while it is the same', async () => {
    wishes.setViewport('cam-a', SMALL);
    await within(50);
    wishes.setViewport('cam-a', SMALL);
    wishes.setViewport('cam-b', SMALL);
    await within(500);
    expect(sent().slice(1)).toEqual([{ consumers: [{ consumerId: 'c2', ...SMALL }] }]);
  });

  it('is not told when it was back before anybody could know', async () => {
    wishes.setViewport('cam-a', SMALL);
    await within(500);
    wishes.setViewport('cam-a', { ...SMALL, visible: false });
    wishes.setViewport('cam-a', SMALL);
    await within(500);
    expect(requests).toHaveLength(1);
  });

  it('waits for the stream to arrive, and is told anew after the media was rebuilt', async () => {
    consumers.delete('cam-a');
    wishes.setViewport('cam-a', SMALL);
    await within(500);
    expect(requests).toEqual([]);
    consumers.set('cam-a', 'c9');
    wishes.consumerReady('cam-a', 'c9');
    await within(500);
    wishes.reset();
    consumers.set('cam-a', 'c10');
    wishes.consumerReady('cam-a', 'c10');
    await within(500);
    expect(sent()).toEqual([
      { consumers: [{ consumerId: 'c9', ...SMALL }] },
      { consumers: [{ consumerId: 'c10', ...SMALL }] },
    ]);
  });

  it('is said again when the server could not listen', async () => {
    refusal = new MeetingError('rate-limited');
    wishes.setViewport('cam-a', SMALL);
    await within(100);
    refusal = null;
    await within(2_000);
    expect(sent()).toHaveLength(2);
    expect(sent()[1]).toEqual(sent()[0]);
  });

  it('is not repeated to a server that does not know the request', async () => {
    refusal = new MeetingError('invalid-payload');
    wishes.setViewport('cam-a', SMALL);
    await within(10_000);
    expect(requests).toHaveLength(1);
  });

  it('is forgotten with the stream', async () => {
    wishes.setViewport('cam-a', SMALL);
    wishes.forget('cam-a', 'c1');
    await within(500);
    expect(requests).toEqual([]);
  });
});

describe('layers and priorities', () => {
  it('are told at once and again to a new consumer', async () => {
    await wishes.setPreferredLayers('cam-a', { spatialLayer: 1 });
    await wishes.setPriority('cam-a', 200);
    wishes.reset();
    wishes.consumerReady('cam-a', 'c7');
    await within(10);
    expect(requests).toEqual([
      { name: 'set-preferred-layers', payload: { consumerId: 'c1', spatialLayer: 1 } },
      { name: 'set-consumer-priority', payload: { consumerId: 'c1', priority: 200 } },
      { name: 'set-preferred-layers', payload: { consumerId: 'c7', spatialLayer: 1 } },
      { name: 'set-consumer-priority', payload: { consumerId: 'c7', priority: 200 } },
    ]);
  });

  it('report a refusal to who asked', async () => {
    refusal = new MeetingError('not-found');
    await expect(wishes.setPriority('cam-a', 2)).rejects.toBe(refusal);
  });
});
