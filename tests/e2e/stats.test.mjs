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

// The same over the socket: to each participant their own, once a second.
async function eachSeesTheirOwn(pages, names) {
  for (const [i, page] of pages.entries()) {
    const { others, stats, again, event } = await page.evaluate(async (participantId) => {
      const { client, setup: { meetingId } } = window;
      const others = await client.refused('get-stats', { meetingId, participantId });
      const { ok, ...stats } = await client.request('get-stats', { meetingId });
      const again = await client.refused('get-stats', { meetingId });
      return { others, stats, again, event: client.last('stats') };
    }, names[(i + 1) % names.length]);
    assert.equal(others, 'forbidden');
    assert.equal(again, 'rate-limited');
    assert.deepEqual(event, stats);
    assert.equal(stats.participants, 3);
    assert.equal(stats.participantStats.length, 1);
    const [own] = stats.participantStats;
    assert.equal(own.participantId, names[i]);
    assert.deepEqual(own.transports.map((t) => [t.direction, t.dtls]).sort(), [['recv', 'connected'], ['send', 'connected']]);
    assert.deepEqual(own.producers.map((p) => p.source).sort(), ['camera', 'microphone']);
    assert.equal(own.consumers.length, 4);
    for (const stream of [...own.producers, ...own.consumers]) {
      assert.ok(stream.bitrate > 0 && stream.loss < 0.1 && stream.score > 7, JSON.stringify(stream));
    }
    assert.ok(own.consumers.some((c) => c.rtt !== null && c.reason === 'preferred'), JSON.stringify(own.consumers));
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

  // A server's number is asked for after each second that the browsers have counted.
  const token = stage.server.token('alice');
  const sum = { sent: 0, received: 0, incoming: 0, outgoing: 0 };
  let last;
  for (let second = 0; second < 6; ++second) {
    for (const counted of await Promise.all(pages.map((page) => page.evaluate(rate, 1)))) {
      sum.sent += counted.sent;
      sum.received += counted.received;
    }
    last = (await stage.server.request('GET', `/api/meetings/${meeting.id}/live-stats`, { token })).body.data;
    sum.incoming += last.bandwidth.incoming;
    sum.outgoing += last.bandwidth.outgoing;
  }
  const into = sum.incoming / sum.sent;
  const out = sum.outgoing / sum.received;
  console.log(`in ${into.toFixed(3)}, out ${out.toFixed(3)} of what the browsers count`);
  assert.ok(Math.abs(into - 1) < 0.1, `incoming ${sum.incoming / 6}, the browsers sent ${sum.sent / 6}`);
  assert.ok(Math.abs(out - 1) < 0.1, `outgoing ${sum.outgoing / 6}, the browsers received ${sum.received / 6}`);
  const { participants, activeProducers, activeConsumers, quality } = last;
  assert.deepEqual({ participants, activeProducers, activeConsumers }, { participants: 3, activeProducers: 6, activeConsumers: 12 });
  assert.ok(quality.average > 0.8 && quality.average <= 1, `quality ${JSON.stringify(quality)}`);

  const { body } = await stage.server.request('GET', `/api/meetings/${meeting.id}/stats`, { token });
  assert.deepEqual(body.data.participantStats.map((p) => p.participantId).sort(), names);
  await eachSeesTheirOwn(pages, names);
  await Promise.all(pages.map((page) => page.browserContext().close()));
});
