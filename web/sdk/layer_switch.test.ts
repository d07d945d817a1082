import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LayerSwitch } from './layer_switch';
import { FakeProducer, FakeSender } from './testing/fake_sender';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const switchOf = (sender: FakeSender) => new LayerSwitch(new FakeProducer(sender));
const within = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('layers that nobody receives', () => {
  it('are not encoded, and come back when they are wanted again', async () => {
    const sender = new FakeSender([{ rid: 'r0' }, { rid: 'r1' }, { rid: 'r2' }]);
    const layers = switchOf(sender);
    layers.want(0);
    await within(10);
    expect(sender.active).toEqual([true, false, false]);
    layers.want(1);
    await within(10);
    expect(sender.active).toEqual([true, true, false]);
  });

  it('rest altogether when nobody receives the stream, and the same layers come back', async () => {
    const sender = new FakeSender([{ rid: 'r0' }, { rid: 'r1' }]);
    const layers = switchOf(sender);
    for (const [wanted, active] of [
      [0, [true, false]],
      [null, [false, false]],
      [0, [true, false]],
    ] as const) {
      layers.want(wanted);
      await within(10);
      expect(sender.active).toEqual(active);
    }
  });

  it('of one stream with layers inside are sent together or not at all', async () => {
    const sender = new FakeSender([{}]);
    const layers = switchOf(sender);
    layers.want(0);
    await within(10);
    expect(sender.active).toEqual([true]);
    layers.want(null);
    await within(10);
    expect(sender.active).toEqual([false]);
    layers.want(2);
    await within(10);
    expect(sender.active).toEqual([true]);
  });

  it('do not bring back what the application never offered', async () => {
    const sender = new FakeSender([{ rid: 'r0' }, { rid: 'r1', active: false }]);
    const layers = switchOf(sender);
    layers.want(null);
    await within(10);
    layers.want(1);
    await within(10);
    expect(sender.active).toEqual([true, false]);
  });
});

describe('changing the layers', () => {
  it('never makes two changes at once, and the last wish counts', async () => {
    const sender = new FakeSender([{ rid: 'r0' }, { rid: 'r1' }, { rid: 'r2' }]);
    sender.delay = 50;
    const layers = switchOf(sender);
    layers.want(0);
    layers.want(1);
    layers.want(null);
    layers.want(2);
    layers.want(1);
    await within(200);
    expect(sender.active).toEqual([true, true, false]);
    expect(sender.changes).toBe(2);
  });

  it('leaves the browser alone when there is nothing to change', async () => {
    const sender = new FakeSender([{ rid: 'r0' }, { rid: 'r1' }]);
    const layers = switchOf(sender);
    layers.want(0);
    await within(10);
    layers.want(0);
    await within(10);
    expect(sender.changes).toBe(1);
  });

  it('tries again within a second when the browser refuses for the moment', async () => {
    const sender = new FakeSender([{ rid: 'r0' }, { rid: 'r1' }]);
    const layers = switchOf(sender);
    sender.failures = 2;
    layers.want(0);
    await within(900);
    expect(sender.active).toEqual([true, false]);
  });

  it('ends with the stream', async () => {
    const sender = new FakeSender([{ rid: 'r0' }, { rid: 'r1' }]);
    const producer = new FakeProducer(sender);
    const layers = new LayerSwitch(producer);
    producer.closed = true;
    layers.want(0);
    await within(1_000);
    expect(sender.changes).toBe(0);
  });
});
