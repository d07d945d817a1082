import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stage, seeAndHear } from './support/meeting.mjs';

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.clear());

// Bits per second of RTP that the browser says it sends or receives, over `seconds`.
const rate = async (seconds) => {
  const count = async () => {
    let sent = 0;
    let received = 0;
    for (const transport of [window.client.send, window.client.receive]) {
      for (const report of (await transport.getStats()).values()) {
        if (report.type === 'outbound-rtp') sent += report.bytesSent + report.headerBytesSent;
        if (report.type === 'inbound-rtp') received += report.bytesReceived + report.headerBytesReceived;
      }
    }
    return { sent, received, at: performance.now() };
  };
  const before = await count();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await count();
  const scale = 8000 / (after.at - before.at);
  return { sent: (after.sent - before.sent) * scale, received: (after.received - before.received) * scale };
};

// Encoders take some seconds to do so.
async function reachTheirRate(pages) {
  const deadline = Date.now() + 30000;
  for (let last = 0; ; ) {
    const counted = await Promise.all(pages.map((page) => page.evaluate(rate, 2)));
    const sum = counted.reduce((total, c) => total + c.sent, 0);
    if (Math.abs(sum / last - 1) < 0.05) return;
    assert.ok(Date.now() < deadline, `the browsers' rate does not settle: ${last}, then ${sum}`);
    last = sum;
  }
}

test('live statistics agree with what the browsers count within 10 %', async () => {
  const meeting = await stage.server.createMeeting();
  const names = ['alice', 'bob', 'carol'];
  const pages = [];
  for (const name of names) pages.push(await stage.enter(name, meeting));
  for (const [i, page] of pages.entries()) {
    for (const other of names) if (other !== names[i]) await seeAndHear(page, other);
  }
  await reachTheirRate(pages);

  const token = stage.server.token('alice');
  const samples = [];
  const sampling = (async () => {
    for (let i = 0; i < 10; ++i) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      samples.push((await stage.server.request('GET', `/api/meetings/${meeting.id}/live-stats`, { token })).body.data);
    }
  })();
  const counted = await Promise.all(pages.map((page) => page.evaluate(rate, 6)));
  await sampling;

  const mean = (pick) => samples.reduce((sum, s) => sum + pick(s), 0) / samples.length;
  const sent = counted.reduce((sum, c) => sum + c.sent, 0);
  const received = counted.reduce((sum, c) => sum + c.received, 0);
  const incoming = mean((s) => s.bandwidth.incoming);
  const outgoing = mean((s) => s.bandwidth.outgoing);
  console.log(`in ${(incoming / sent).toFixed(3)}, out ${(outgoing / received).toFixed(3)} of what the browsers count`);
  assert.ok(Math.abs(incoming / sent - 1) < 0.1, `incoming ${incoming}, the browsers sent ${sent}`);
  assert.ok(Math.abs(outgoing / received - 1) < 0.1, `outgoing ${outgoing}, the browsers received ${received}`);
  const { participants, activeProducers, activeConsumers, quality } = samples.at(-1);
  assert.deepEqual({ participants, activeProducers, activeConsumers }, { participants: 3, activeProducers: 6, activeConsumers: 12 });
  assert.ok(quality.average > 0.8 && quality.average <= 1, `quality ${JSON.stringify(quality)}`);

  const { body } = await stage.server.request('GET', `/api/meetings/${meeting.id}/stats`, { token });
  assert.deepEqual(body.data.participantStats.map((p) => p.participantId).sort(), names);
  await Promise.all(pages.map((page) => page.browserContext().close()));
});
