// Packets that leave in runs, padded to be equally long, are not later than packets that leave one by one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PageServer, launchChromium } from './support/browser.mjs';
import { Stage, seeAndHear } from './support/meeting.mjs';
import { Server } from './support/server.mjs';

// Two servers, with the same pages and browser at the same time: what else the machine does happens to both.
const ways = {
  runs: { MEDIASOUP_GSO: 'on', MEDIASOUP_RUN_PADDING: 'on' },
  alone: { MEDIASOUP_GSO: 'off', MEDIASOUP_RUN_PADDING: 'off' },
};
const kinds = ['audio', 'video'];
const stages = {};
let pages;
let chromium;
before(async () => {
  [pages, chromium] = await Promise.all([PageServer.start(), launchChromium()]);
  for (const [way, environment] of Object.entries(ways)) {
    stages[way] = Object.assign(new Stage(), { server: await Server.start(environment), pages, chromium });
  }
});
after(async () => {
  await chromium?.close();
  pages?.end();
  await Promise.all(Object.values(stages).map(({ server }) => server.end()));
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

// Everything that the page's jitter buffers have held so far, by kind: seconds, and of how much.
const buffers = (page) =>
  page.evaluate(async () => {
    const sum = { audio: { delay: 0, emitted: 0 }, video: { delay: 0, emitted: 0 } };
    for (const { participantId, kind } of window.client.consumers.values()) {
      const stats = await window.client.stats(participantId, kind);
      sum[kind].delay += stats.jitterBufferDelay;
      sum[kind].emitted += stats.jitterBufferEmittedCount;
    }
    return sum;
  });

// What the server says of itself, of its one worker.
async function metric(server, name) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*\\} (.*)$`, 'm').exec(text)?.[1]);
}

// Two who send, so that packets of several come together, and two who only receive. Resolves to these.
async function meet(stage) {
  const meeting = await stage.server.createMeeting();
  const camera = { width: 480, height: 270, frameRate: 20, busy: true, encodings: [{ maxBitrate: 600000 }] };
  const senders = [
    await stage.enter('alice', meeting, { video: camera, audio: { voice: true } }),
    await stage.enter('bob', meeting, { video: false, audio: { voice: true } }),
  ];
  const receivers = [];
  for (const name of ['carol', 'dave']) receivers.push(await stage.enter(name, meeting, { video: false, audio: false }));
  for (const page of receivers) await seeAndHear(page, 'alice');
  const end = () => Promise.all([...senders, ...receivers].map((page) => page.browserContext().close()));
  return { receivers, end };
}

// Milliseconds that the jitter buffers of `kind` have added between two counts.
const added = (before, after, kind) =>
  (1000 * (after[kind].delay - before[kind].delay)) / (after[kind].emitted - before[kind].emitted);

// The wait of each way's receivers, as { audio: [milliseconds], video: [milliseconds] }: of each one the median over ten
// windows of two seconds.
async function measure(order) {
  const meetings = [];
  for (const way of order) meetings.push({ way, ...(await meet(stages[way])) });
  await pause(8000);
  const all = meetings.flatMap(({ way, receivers }) => receivers.map((page) => ({ way, page, audio: [], video: [] })));
  for (let window = 0; window <= 10; ++window) {
    const counted = await Promise.all(all.map(({ page }) => buffers(page)));
    for (const [i, receiver] of all.entries()) {
      if (window > 0) for (const kind of kinds) receiver[kind].push(added(receiver.last, counted[i], kind));
      receiver.last = counted[i];
    }
    await pause(2000);
  }
  for (const { end } of meetings) await end();
  const of = (way, kind) => all.filter((receiver) => receiver.way === way).map((receiver) => median(receiver[kind]));
  return Object.fromEntries(order.map((way) => [way, { audio: of(way, 'audio'), video: of(way, 'video') }]));
}

test('jitter buffers in Chromium wait no longer for what leaves in padded runs', async () => {
  // With the same settings on both sides, one may wait twice as long as the other on a machine that has more to do: who
  // was held up for a moment waits longer for long. What runs themselves add is there every time, so the best one of each way counts,
  // and it is tried again, in the other order, before it is called a rise.
  const best = Object.fromEntries(Object.keys(ways).map((way) => [way, { audio: Infinity, video: Infinity }]));
  let rises = kinds;
  for (let round = 0; round < 4 && rises.length > 0; ++round) {
    const measured = await measure(round % 2 === 0 ? ['runs', 'alone'] : ['alone', 'runs']);
    for (const way of Object.keys(ways)) {
      for (const kind of kinds) best[way][kind] = Math.min(best[way][kind], ...measured[way][kind]);
    }
    rises = kinds.filter((kind) => best.runs[kind] > 1.5 * best.alone[kind] + 20);
    const said = kinds.map((kind) => `${kind} ${best.runs[kind].toFixed(1)} and ${best.alone[kind].toFixed(1)} ms`);
    console.log(`in runs and one by one: ${said.join(', ')}`);
  }

  const { runs, alone } = stages;
  assert.ok((await metric(runs.server, 'kcs_worker_udp_run_datagrams_sent_total')) > 100, 'nothing left in runs');
  assert.ok((await metric(runs.server, 'kcs_worker_padding_bytes_sent_total')) > 0, 'nothing was padded');
  assert.equal(await metric(alone.server, 'kcs_worker_udp_run_datagrams_sent_total'), 0);
  assert.equal(await metric(alone.server, 'kcs_worker_padding_bytes_sent_total'), 0);
  assert.deepEqual(rises, [], 'what leaves in runs waits longer');
});
