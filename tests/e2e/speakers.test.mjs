import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from './support/browser.mjs';
import { Stage, plays } from './support/meeting.mjs';

let stage;
before(async () => (stage = await Stage.set({ environment: { AUDIO_LAST_N: '1' } })));
after(() => stage?.clear());

const change = (page, what) =>
  page.evaluate(
    (event) => window.client.request(event, { producerId: window.client.producers.get('audio').id }),
    `${what}-producer`,
  );
const heardPlace = (page, name) =>
  eventually(
    page,
    `${name} is at the place`,
    (who) => window.client.events.filter(([event]) => event === 'speaker-places').at(-1)?.[1].places[0].participantId === who,
    10000,
    name,
  );
// Of the one place that there is, as the browser counts.
const placeStats = (page) =>
  page.evaluate(async () => {
    const { consumer } = window.client.of(null, 'audio');
    const { packetsReceived, packetsLost, totalAudioEnergy } = [...(await consumer.getStats()).values()].find(
      (report) => report.type === 'inbound-rtp',
    );
    return { packetsReceived, packetsLost, totalAudioEnergy };
  });

test('one track is enough to hear whoever speaks, and who has a track for each hears one at a time', async () => {
  const meeting = await stage.server.createMeeting();
  const alice = await stage.enter('alice', meeting, { video: false });
  const bob = await stage.enter('bob', meeting, { video: false });
  const silent = { audio: false, video: false };
  const carol = await stage.enter('carol', meeting, { ...silent, ignores: 'audio', join: { speakerPlaces: true } });
  const dave = await stage.enter('dave', meeting, silent);
  const count = await carol.evaluate(async () => {
    const { speakerPlaces } = window.client.joined;
    for (const producerId of speakerPlaces) await window.client.consume({ participantId: null, producerId, kind: 'audio' });
    return speakerPlaces.length;
  });
  assert.equal(count, 1);
  assert.equal(await dave.evaluate(() => 'speakerPlaces' in window.client.joined), false);
  await plays(carol, null, 'audio');

  // The fake microphones beep all the time: whoever is not muted gets the place.
  for (const [speaker, other, name] of [[alice, bob, 'alice'], [bob, alice, 'bob'], [alice, bob, 'alice']]) {
    await change(speaker, 'resume');
    await change(other, 'pause');
    await heardPlace(carol, name);
    const first = await placeStats(carol);
    let then = first;
    for (const deadline = Date.now() + 10000; then.packetsReceived - first.packetsReceived <= 100; ) {
      assert.ok(Date.now() < deadline, 'sound goes on');
      then = await placeStats(carol);
    }
    assert.ok(then.totalAudioEnergy > first.totalAudioEnergy, `${name} is heard`);
    assert.equal(then.packetsLost, 0, 'one unbroken stream');
  }

  await change(bob, 'resume');
  const [ofAlice, ofBob] = await dave.evaluate(() =>
    Promise.all(['alice', 'bob'].map((name) => window.client.packetsWithin(name, 'audio', 3000))),
  );
  assert.ok(ofAlice + ofBob > 100 && ofAlice + ofBob < 170, `${ofAlice} and ${ofBob} packets in 3 s`);
  const { status, body } = await stage.server.request('GET', `/api/meetings/${meeting.id}/stats`, {
    token: stage.server.token('carol'),
  });
  assert.equal(status, 200);
  assert.equal(body.data.activeProducers, 2, 'places are nobody\'s producers');
  const own = body.data.participantStats.find(({ participantId }) => participantId === 'carol');
  assert.equal(own.consumers.length, 1);
  assert.ok(own.consumers[0].packets > 300);
});
