import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { seeAndHear, Stage } from './support/meeting.mjs';
import { Relay } from './support/relay.mjs';

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.clear());

// Chromium sends three encodings of 720 lines, and only two of less.
const size = { width: 1280, height: 720 };
const simulcast = [
  { maxBitrate: 150000, scaleResolutionDownBy: 4 },
  { maxBitrate: 500000, scaleResolutionDownBy: 2 },
  { maxBitrate: 1500000 },
];
const modes = {
  'VP8 simulcast': { codec: { mimeType: 'video/VP8' }, encodings: simulcast, ...size },
};

// What the receiver sees of a stream, ten times a second, from now on: the height of its pictures, the bits that arrive,
// how long it was frozen, and how much of the sound had to be made up.
const observe = () => {
  const { client } = window;
  const samples = (window.samples = []);
  window.observing = setInterval(async () => {
    const [video, audio] = await Promise.all([client.stats('alice', 'video'), client.stats('alice', 'audio')]);
    samples.push({
      at: performance.now(),
      height: video.frameHeight,
      frames: video.framesDecoded,
      bytes: video.bytesReceived + video.headerBytesReceived,
      frozen: video.totalFreezesDuration,
      concealed: audio.concealedSamples - audio.silentConcealedSamples,
      heard: audio.totalSamplesReceived,
    });
  }, 100);
};

// How long until `matches` is true of all samples of a whole second; the time in ms since `since`.
const settles = async ([since, test, timeout]) => {
  const matches = new Function('sample', 'before', `return ${test}`);
  const deadline = performance.now() + timeout;
  for (;;) {
    const later = window.samples.filter(({ at }) => at > since);
    let begin = null;
    for (const [i, sample] of later.entries()) {
      if (i === 0) continue;
      if (!matches(sample, later[i - 1])) begin = null;
      else begin ??= sample.at;
      if (begin && sample.at - begin >= 1000) return begin - since;
    }
    if (performance.now() > deadline) return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const clock = (page) => page.evaluate(() => performance.now());

// The longest stretch without a new frame in [from, to], in ms.
const longestFreeze = (page, from, to) =>
  page.evaluate(
    ([begin, end]) => {
      const frames = window.client.of('alice', 'video').frames.filter((at) => at >= begin && at <= end);
      return Math.max(...frames.map((at, i) => (i === 0 ? at - begin : at - frames[i - 1])));
    },
    [from, to],
  );

for (const [name, video] of Object.entries(modes)) {
  test(`${name}: a link that narrows gets a smaller picture within 3 s, and the full one back within 5 s`, async () => {
    const meeting = await stage.server.createMeeting();
    const relay = await Relay.start(Number(stage.server.environment.MEDIASOUP_RTC_MIN_PORT), {
      down: { bps: 4_000_000, delay: 20 },
      up: { delay: 20 },
    });
    const alice = await stage.enter('alice', meeting, { video });
    const bob = await stage.enter('bob', meeting, { relayPort: relay.port, audio: false, video: false });
    await seeAndHear(bob, 'alice');
    await bob.evaluate(observe);
    const start = await clock(bob);
    assert.ok(await bob.evaluate(settles, [start, 'sample.height === 720', 30000]), 'the full picture comes at first');

    relay.down.set({ bps: 500_000 });
    const narrowed = await clock(bob);
    const down = await bob.evaluate(settles, [narrowed, 'sample.height < 720', 15000]);
    await bob.evaluate(settles, [narrowed + 8000, 'true', 12000]);
    const low = await clock(bob);

    relay.down.set({ bps: 4_000_000 });
    const widened = await clock(bob);
    const up = await bob.evaluate(settles, [widened, 'sample.height === 720', 20000]);
    const end = await clock(bob);

    const freezes = [await longestFreeze(bob, narrowed, low), await longestFreeze(bob, widened, end)].map(Math.round);
    const sound = await bob.evaluate(
      ([from, to]) => {
        const within = window.samples.filter(({ at }) => at >= from && at <= to);
        const [first, last] = [within[0], within.at(-1)];
        return (last.concealed - first.concealed) / (last.heard - first.heard);
      },
      [narrowed + 1000, low],
    );
    console.log(
      `${name}: down after ${Math.round(down)} ms, up after ${Math.round(up)} ms, longest freeze ${freezes.join(' and ')} ms, ` +
        `${(100 * sound).toFixed(1)} % of the sound concealed, queue up to ${Math.round(relay.down.longestQueue)} ms`,
    );
    assert.ok(down !== null && down <= 3000, `down after ${down} ms`);
    assert.ok(up !== null && up <= 5000, `up after ${up} ms`);
    for (const freeze of freezes) assert.ok(freeze <= 500, `a freeze of ${freeze} ms`);
    relay.end();
    await Promise.all([alice, bob].map((page) => page.browserContext().close()));
  });
}
