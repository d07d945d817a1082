import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stage, seeAndHear } from './support/meeting.mjs';
import { Relay } from './support/relay.mjs';

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.clear());

// Longest stretch without a sound packet, sampled from the receiver's own clock of the newest packet.
const watch = async (seconds) => {
  const { client } = window;
  let longest = 0;
  const end = performance.now() + seconds * 1000;
  let before = await client.stats('alice', 'audio');
  let since = performance.now();
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = await client.stats('alice', 'audio');
    if (now.packetsReceived > before.packetsReceived) {
      longest = Math.max(longest, performance.now() - since);
      since = performance.now();
      before = now;
    }
  }
  return longest;
};

test('with 5 % of the packets lost each way, 95 % of the frames are decoded and no sound gap exceeds 200 ms', async (t) => {
  const meeting = await stage.server.createMeeting();
  const health = await stage.server.request('GET', '/api/health/webrtc', {
    token: stage.server.token('admin', { role: 'admin' }),
  });
  assert.equal(health.status, 200);
  const relay = await Relay.start(Number(stage.server.environment.MEDIASOUP_RTC_MIN_PORT), {
    up: { loss: 0.05 },
    down: { loss: 0.05 },
  });
  t.after(() => relay.end());
  const alice = await stage.enter('alice', meeting, { relayPort: relay.port });
  const bob = await stage.enter('bob', meeting, { relayPort: relay.port, audio: false, video: false });
  await seeAndHear(bob, 'alice');

  const sent = () => alice.evaluate(async () => (await window.client.outbound('video'))[0].framesSent);
  const decoded = () => bob.evaluate(async () => (await window.client.stats('alice', 'video')).framesDecoded);
  const [sentBefore, decodedBefore] = await Promise.all([sent(), decoded()]);
  const longestGap = await bob.evaluate(watch, 20);
  const [sentAfter, decodedAfter] = await Promise.all([sent(), decoded()]);
  const share = (decodedAfter - decodedBefore) / (sentAfter - sentBefore);
  console.log(`${(100 * share).toFixed(1)} % of ${sentAfter - sentBefore} frames decoded, longest sound gap ` +
    `${Math.round(longestGap)} ms, relay lost ${relay.up.lost + relay.down.lost} and passed ${relay.up.passed + relay.down.passed}`);
  assert.ok(share >= 0.95, `only ${(100 * share).toFixed(1)} % of the frames were decoded`);
  assert.ok(longestGap <= 200, `no sound for ${Math.round(longestGap)} ms`);
  assert.ok(relay.up.lost + relay.down.lost > 100, 'the relay was on the path');
  await Promise.all([alice, bob].map((page) => page.browserContext().close()));
});
