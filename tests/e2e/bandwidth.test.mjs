// Links that narrow and widen under a meeting: what real receivers see of each codec and mode.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { seeAndHear, Stage } from './support/meeting.mjs';
import { Relay } from './support/relay.mjs';
import { Timeline } from './support/timeline.mjs';

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.clear());

const wide = 4_000_000;
const narrow = 500_000;

// Three layers fit into 540 lines, and a machine of two cores can encode them all; when it is short of CPU time it
// must not give up a layer on its own, for then there is nothing to come back.
const camera = { width: 960, height: 540, frameRate: 20, busy: true, degrades: 'maintain-framerate-and-resolution' };
const simulcast = [
  { maxBitrate: 150000, scaleResolutionDownBy: 4 },
  { maxBitrate: 500000, scaleResolutionDownBy: 2 },
  { maxBitrate: 1500000 },
];
const modes = {
  'VP8 simulcast': { codec: { mimeType: 'video/VP8' }, encodings: simulcast },
  'H.264 simulcast': {
    codec: { mimeType: 'video/H264', 'profile-level-id': '42e01f', 'packetization-mode': 1 },
    encodings: simulcast,
  },
  'VP9 L3T3_KEY': {
    codec: { mimeType: 'video/VP9', 'profile-id': 0 },
    encodings: [{ maxBitrate: 1500000, scalabilityMode: 'L3T3_KEY' }],
  },
  'AV1 L3T3': {
    codec: { mimeType: 'video/AV1' },
    encodings: [{ maxBitrate: 1500000, scalabilityMode: 'L3T3' }],
  },
  'AV1 L2T3_KEY': {
    codec: { mimeType: 'video/AV1' },
    encodings: [{ maxBitrate: 1500000, scalabilityMode: 'L2T3_KEY' }],
  },
};

const clock = (page) => page.evaluate(() => performance.now());
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (page, at) => pause(Math.max(0, at - (await clock(page))));

// What the server has told of the layers, as [time, height of the layers], the larger the better.
const layers = (page) =>
  page.evaluate(() =>
    window.client.events
      .filter(([name]) => name === 'consumer-layers-changed')
      .map(([, { spatialLayer, temporalLayer }, at]) =>
        [at, spatialLayer === null ? -1 : spatialLayer * 10 + temporalLayer]));

const allOf = (video) => (video.encodings[0].scalabilityMode?.startsWith('L2') ? 12 : 22);

// When the layers first `match` after `since`; null when they do not within `timeout`.
async function layersThat(page, match, since, timeout) {
  for (const deadline = since + timeout; ; await pause(50)) {
    const found = (await layers(page)).find(([at, rank]) => at > since && match(rank));
    if (found) return Math.round(found[0] - since);
    if ((await clock(page)) > deadline) return null;
  }
}

// The longest stretch without a new picture.
const longestFreeze = (page, from, to) =>
  page.evaluate(
    ([begin, end]) => {
      const frames = window.client.of('alice', 'video').frames.filter((at) => at >= begin && at <= end);
      return Math.round(Math.max(...[...frames, end].map((at, i) => at - (i === 0 ? begin : frames[i - 1]))));
    },
    [from, to],
  );

// Of the picture, over a second.
async function bitrate(page) {
  const bytes = async () => (await page.evaluate(() => window.client.stats('alice', 'video'))).bytesReceived;
  const before = await bytes();
  await pause(1000);
  return 8 * ((await bytes()) - before);
}

// Why each encoding is what it is.
const limits = (page) =>
  page.evaluate(async () =>
    (await window.client.sent('video'))
      .map(({ rid, frameHeight, framesPerSecond, targetBitrate, qualityLimitationReason, active }) =>
        `${rid ?? 'all'}: ${active} ${frameHeight} lines, ${framesPerSecond} a second, ${targetBitrate} bit/s, ${qualityLimitationReason}`)
      .join('; '));

const sound = (page) =>
  page.evaluate(async () => {
    const stats = await window.client.stats('alice', 'audio');
    return { heard: stats.totalSamplesReceived, concealed: stats.concealedSamples - stats.silentConcealedSamples };
  });

for (const [name, video] of Object.entries(modes)) {
  test(`${name}: less on a link that narrows within 3 s, whole sound, and all of it again`, async (t) => {
    const all = allOf(video);
    const meeting = await stage.server.createMeeting();
    const relay = await Relay.start(Number(stage.server.environment.MEDIASOUP_RTC_MIN_PORT), {
      down: { bps: wide, delay: 20 },
      up: { delay: 20 },
    });
    t.after(() => relay.end());
    const alice = await stage.enter('alice', meeting, { video: { ...video, ...camera } });
    const bob = await stage.enter('bob', meeting, { relayPort: relay.port, audio: false, video: false });
    const timeline = new Timeline(stage.server, meeting, { sender: 'alice', receiver: 'bob', relay });
    t.after(() => timeline.end());
    await seeAndHear(bob, 'alice');
    const first = await layersThat(bob, (rank) => rank === all, 0, 20000);
    assert.ok(first !== null, 'all layers come at first');
    await pause(5000);
    // A sender that is short of CPU time encodes less for a while, and then there is nothing to narrow.
    const begun = await clock(bob);
    while ((await bitrate(bob)) < 1.3 * narrow || (await layers(bob)).at(-1)?.[1] !== all) {
      if ((await clock(bob)) > begun + 40000) {
        assert.fail(`the sender sends less than the narrow link carries: ${await limits(alice)}`);
      }
    }

    relay.down.set({ bps: narrow });
    const story = performance.now();
    const narrowed = await clock(bob);
    const down = await layersThat(bob, (rank) => rank < all, narrowed, 8000);
    await until(bob, narrowed + 3000);
    const settled = { overflowed: relay.down.overflowed, ...(await sound(bob)) };
    await until(bob, narrowed + 10000);
    const low = { overflowed: relay.down.overflowed, ...(await sound(bob)) };

    relay.down.set({ bps: wide });
    const widened = await clock(bob);
    const up = await layersThat(bob, (rank) => rank === all, widened, 20000);
    await pause(2000);

    const freezes = [
      await longestFreeze(bob, narrowed, widened),
      await longestFreeze(bob, widened, await clock(bob)),
    ];
    const lost = low.overflowed - settled.overflowed;
    const concealed = (100 * (low.concealed - settled.concealed)) / (low.heard - settled.heard);
    console.log(
      `${name}: down after ${down} ms, up after ${up} ms, longest freeze ${freezes.join(' and ')} ms; ` +
        `when settled ${lost} packets lost and ${concealed.toFixed(1)} % of the sound concealed`,
    );
    const wrong = [
      [down !== null && down <= 3000, `down after ${down} ms`],
      [up !== null && up <= 8000, `all of it comes again only after ${up} ms`],
      // Half a second is what is aimed at; a machine that encodes, decodes and serves at once adds to it.
      [freezes[0] <= 1000 && freezes[1] <= 500, `freezes of ${freezes.join(' and ')} ms`],
      [lost <= 20, `${lost} packets lost on the narrow link`],
      [concealed <= 3, `${concealed} % of the sound concealed`],
    ].flatMap(([good, what]) => (good ? [] : [what]));
    assert.ok(wrong.length === 0, `${wrong.join('; ')}; since the link narrowed:\n${timeline.since(story)}`);
    await Promise.all([alice, bob].map((page) => page.browserContext().close()));
  });
}
