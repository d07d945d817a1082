// What the server tells on its own, in real browsers: who speaks, how connections are, what is wanted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from './support/browser.mjs';
import { seeAndHear, Stage } from './support/meeting.mjs';
import { Relay } from './support/relay.mjs';

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.clear());

const close = (...pages) => Promise.all(pages.map((page) => page.browserContext().close()));

test('everybody is told who speaks now and how loud, within a second and a half with the delays of browsers', async () => {
  const meeting = await stage.server.createMeeting();
  const talker = { audio: { voice: true }, video: false };
  const alice = await stage.enter('alice', meeting, talker);
  const bob = await stage.enter('bob', meeting, talker);
  const speak = (page, yes) => page.evaluate((value) => (window.client.voice.speaks = value), yes);
  const speaker = (name) => [
    `${name} is the active speaker`,
    (wanted) => window.client.last('active-speaker')?.participantId === wanted,
    3000,
    name,
  ];

  await speak(alice, true);
  await eventually(bob, ...speaker('alice'));
  await eventually(bob, 'levels of alice alone', () => {
    const levels = window.client.last('audio-levels')?.levels ?? [];
    return levels.length === 1 && levels[0].participantId === 'alice' && levels[0].level > -60 && levels[0].level < 0;
  });

  await speak(alice, false);
  await speak(bob, true);
  const changed = Date.now();
  await eventually(alice, ...speaker('bob'));
  const took = Date.now() - changed;
  console.log(`the speaker changed after ${took} ms`);
  assert.ok(took <= 1500, `a change of the speaker took ${took} ms`);
  await close(alice, bob);
});

test('a link that loses a lot is told to its owner and to the others, and that it is good again', async (t) => {
  const meeting = await stage.server.createMeeting();
  const relay = await Relay.start(Number(stage.server.environment.MEDIASOUP_RTC_MIN_PORT), {});
  t.after(() => relay.end());
  const alice = await stage.enter('alice', meeting);
  const bob = await stage.enter('bob', meeting, { relayPort: relay.port });
  await seeAndHear(bob, 'alice');
  const quality = (level) => [
    `the connection of bob is ${level}`,
    (wanted) => window.client.last('connection-quality', ({ participantId }) => participantId === 'bob')?.quality === wanted,
    30000,
    level,
  ];
  await eventually(bob, ...quality('excellent'));

  relay.down.set({ loss: 0.25 });
  await eventually(bob, ...quality('poor'));
  await eventually(alice, ...quality('poor'));
  // It is poor from about 9 % on, and goes on to be told.
  await eventually(bob, 'bob is told how much is lost', () => {
    const { loss, download } = window.client.last('connection-quality');
    return loss > 0.1 && loss < 0.5 && download === 'poor';
  });

  relay.down.set({ loss: 0 });
  await eventually(alice, ...quality('excellent'));
  await close(alice, bob);
});

test('a sender hears that nobody wants its large picture, and that somebody does again', async () => {
  const meeting = await stage.server.createMeeting();
  const alice = await stage.enter('alice', meeting, {
    audio: false,
    video: { width: 1280, height: 720, encodings: [{ scaleResolutionDownBy: 2 }, { scaleResolutionDownBy: 1 }] },
  });
  const bob = await stage.enter('bob', meeting, { audio: false, video: false });
  const prefer = (spatialLayer) =>
    bob.evaluate((layer) => {
      const { client } = window;
      return client.request('set-preferred-layers', { consumerId: client.of('alice', 'video').consumer.id, spatialLayer: layer });
    }, spatialLayer);
  const gets = (layer) => [
    `bob gets layer ${layer}`,
    (wanted) => window.client.last('consumer-layers-changed')?.spatialLayer === wanted,
    15000,
    layer,
  ];
  const wanted = (layer) => [
    `alice hears that layer ${layer} is wanted`,
    (value) => window.client.last('producer-layers-wanted')?.maxSpatialLayer === value,
    2000,
    layer,
  ];
  await eventually(bob, ...gets(1));

  await prefer(0);
  await eventually(alice, ...wanted(0));
  await eventually(bob, ...gets(0));
  assert.equal(await bob.evaluate(() => window.client.last('consumer-layers-changed').reason), 'preferred');

  await prefer(1);
  await eventually(alice, ...wanted(1));
  await eventually(bob, ...gets(1));
  await close(alice, bob);
});
