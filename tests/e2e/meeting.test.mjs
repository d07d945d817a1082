import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from './support/browser.mjs';
import { Stage, plays, seeAndHear } from './support/meeting.mjs';

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.clear());

const leave = (page) => page.browserContext().close();

test('three parties who join first and send later see and hear each other', async () => {
  const meeting = await stage.server.createMeeting();
  const names = ['alice', 'bob', 'carol'];
  const pages = [];
  for (const name of names) pages.push(await stage.enter(name, meeting));
  for (const [i, page] of pages.entries()) {
    for (const other of names) if (other !== names[i]) await seeAndHear(page, other);
  }
  await Promise.all(pages.map(leave));
});

test('a late joiner gets a picture within a second, and who leaves is gone for the others', async () => {
  const meeting = await stage.server.createMeeting();
  const alice = await stage.enter('alice', meeting);
  const bob = await stage.enter('bob', meeting);
  await seeAndHear(bob, 'alice');

  const late = await stage.enter('late', meeting, { audio: false, video: false });
  await seeAndHear(late, 'alice');
  const delay = await late.evaluate(() => {
    const { frames, resumedAt } = window.client.of('alice', 'video');
    return frames[0] - resumedAt;
  });
  assert.ok(delay < 1000, `the first frame came ${Math.round(delay)} ms after resume-consumer`);

  await alice.evaluate(() => window.client.request('leave-meeting', { meetingId: window.setup.meetingId }));
  await eventually(bob, 'alice has left', () => window.client.count('participant-left', (p) => p.participantId === 'alice'));
  const seen = await bob.evaluate(() => ({
    closed: window.client.count('producer-closed', (p) => p.participantId === 'alice'),
    consumers: window.client.count('consumer-closed'),
    left: window.client.count('participant-left'),
    reason: window.client.events.find(([name]) => name === 'participant-left')[1].reason,
  }));
  assert.deepEqual(seen, { closed: 2, consumers: 2, left: 1, reason: 'left' });
  await seeAndHear(late, 'bob');
  await Promise.all([alice, bob, late].map(leave));
});

test('a meeting with a password lets in who knows it', async () => {
  const meeting = await stage.server.createMeeting({ meeting_password: 'sesame' });
  const alice = await stage.connect('alice', meeting);
  const join = (password) =>
    alice.evaluate((meeting_password) =>
      window.client.refused('join-meeting', { meetingId: window.setup.meetingId, meeting_password }), password);
  assert.equal(await join(undefined), 'wrong-password');
  assert.equal(await join('open'), 'wrong-password');
  assert.equal(await join('sesame'), null);
  await leave(alice);
});

test('pause stops the flow within 500 ms, resume shows a picture within a second', async () => {
  const meeting = await stage.server.createMeeting();
  const alice = await stage.enter('alice', meeting);
  const bob = await stage.enter('bob', meeting, { audio: false, video: false });
  await seeAndHear(bob, 'alice');

  const pauses = {
    consumer: {
      page: bob,
      pause: (c) => c.request('pause-consumer', { consumerId: c.of('alice', 'video').consumer.id }),
      resume: (c) => c.request('resume-consumer', { consumerId: c.of('alice', 'video').consumer.id }),
    },
    producer: {
      page: alice,
      pause: (c) => c.request('pause-producer', { producerId: c.producers.get('video').id }),
      resume: (c) => c.request('resume-producer', { producerId: c.producers.get('video').id }),
    },
  };
  for (const [what, { page, pause, resume }] of Object.entries(pauses)) {
    await page.evaluate(`(${pause})(window.client)`);
    const last = await bob.evaluate(() => window.client.lastPacketAfter('alice', 'video', 5000));
    assert.ok(last < 500, `${what}: a packet came ${Math.round(last)} ms after the pause`);

    const before = await bob.evaluate(() => window.client.of('alice', 'video').frames.length);
    await page.evaluate(`(${resume})(window.client)`);
    const started = Date.now();
    await eventually(bob, 'a new frame', (n) => window.client.of('alice', 'video').frames.length > n, 5000, before);
    assert.ok(Date.now() - started < 1000, `${what}: a picture after ${Date.now() - started} ms`);
  }
  await Promise.all([alice, bob].map(leave));
});

test('an ICE restart keeps picture and sound', async () => {
  const meeting = await stage.server.createMeeting();
  const alice = await stage.enter('alice', meeting);
  const bob = await stage.enter('bob', meeting);
  await seeAndHear(bob, 'alice');
  await alice.evaluate(() => window.client.restartIce('send'));
  await bob.evaluate(() => window.client.restartIce('recv'));
  for (let i = 0; i < 3; ++i) {
    const packets = await bob.evaluate(() => window.client.packetsWithin('alice', 'video', 1000));
    assert.ok(packets > 10, `${packets} packets in a second after the restart`);
  }
  await seeAndHear(alice, 'bob');
  await Promise.all([alice, bob].map(leave));
});

test('with ICE-TCP alone, and signalling by polling alone, people meet as well', async () => {
  const meeting = await stage.server.createMeeting();
  const alice = await stage.enter('alice', meeting, { protocol: 'tcp', transports: ['polling'] });
  const bob = await stage.enter('bob', meeting, { protocol: 'tcp', transports: ['polling'] });
  await seeAndHear(alice, 'bob');
  await seeAndHear(bob, 'alice');
  const { remote } = await bob.evaluate(() => window.client.selectedPair('recv'));
  assert.equal(remote.protocol, 'tcp');
  await Promise.all([alice, bob].map(leave));
});

test('a muted microphone is silent for the others, and they are told', async () => {
  const meeting = await stage.server.createMeeting();
  const alice = await stage.enter('alice', meeting, { video: false });
  const bob = await stage.enter('bob', meeting, { audio: false, video: false });
  await plays(bob, 'alice', 'audio');
  await alice.evaluate(() =>
    window.client.request('pause-producer', { producerId: window.client.producers.get('audio').id }));
  await eventually(bob, 'bob is told', () => window.client.count('producer-paused', (p) => p.participantId === 'alice'));
  await Promise.all([alice, bob].map(leave));
});
