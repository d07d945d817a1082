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

  it('of one stream that does not tell of layers are sent together or not at all', async () => {
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

describe('layers inside one stream', () => {
  const camera = { scalabilityMode: 'L3T3_KEY', maxBitrate: 1_500_000 };
  const first = ({ encoding }: FakeSender) => ({
    mode: encoding.scalabilityMode,
    scale: encoding.scaleResolutionDownBy,
    bits: encoding.maxBitrate,
    active: encoding.active,
  });

  it('are cut from above, and the ones below keep their size', async () => {
    const sender = new FakeSender([camera]);
    const layers = switchOf(sender);
    layers.want(1);
    await within(10);
    expect(first(sender)).toEqual({ mode: 'L2T3_KEY', scale: 2, bits: 500_000, active: true });
    layers.want(0);
    await within(10);
    expect(first(sender)).toMatchObject({ mode: 'L1T3', scale: 4 });
    layers.want(2);
    await within(10);
    expect(first(sender)).toEqual({ mode: 'L3T3_KEY', scale: 1, bits: 1_500_000, active: true });
  });

  it('rest when nobody receives the stream, and come back as many as are wanted', async () => {
    const sender = new FakeSender([{ ...camera, scaleResolutionDownBy: 1.5 }]);
    const layers = switchOf(sender);
    layers.want(null);
    await within(10);
    expect(first(sender)).toMatchObject({ mode: 'L3T3_KEY', active: false });
    layers.want(1);
    await within(10);
    expect(first(sender)).toMatchObject({ mode: 'L2T3_KEY', scale: 3, active: true });
  });

  it('stay as they are when the browser refuses', async () => {
    const sender = new FakeSender([camera]);
    sender.modes = ['L3T3_KEY'];
    const layers = switchOf(sender);
    layers.want(0);
    await within(2_000);
    expect(first(sender)).toMatchObject({ mode: 'L3T3_KEY', active: true });
    layers.want(null);
    await within(2_000);
    expect(first(sender)).toMatchObject({ active: false });
    layers.want(2);
    await within(2_000);
    expect(first(sender)).toMatchObject({ mode: 'L3T3_KEY', active: true });
  });

  it.each([
    ['L2T1', 0, 'L1T1', 2],
    ['L3T2h', 1, 'L2T2h', 1.5],
    ['S3T3', 1, 'S2T3', 2],
    ['S2T3h', 0, 'L1T3', 1.5],
    ['L2T2_KEY_SHIFT', 0, 'L1T2', 2],
    ['L2T3_KEY', 5, 'L2T3_KEY', undefined],
  ])('of %s up to %i are %s', async (scalabilityMode, wanted, mode, scale) => {
    const sender = new FakeSender([{ scalabilityMode }]);
    switchOf(sender).want(wanted);
    await within(10);
    expect(first(sender)).toMatchObject({ mode, scale });
  });

  it('are not to be found in one spatial layer', async () => {
    const sender = new FakeSender([{ scalabilityMode: 'L1T3' }]);
    switchOf(sender).want(0);
    await within(10);
    expect(first(sender)).toMatchObject({ mode: 'L1T3', scale: undefined });
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
