import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from './support/browser.mjs';
import { Stage, plays, seeAndHear } from './support/meeting.mjs';

let stage;
before(async () => (stage = await Stage.set({ firefox: true })));
after(() => stage?.clear());

test('Firefox and Chromium see and hear each other in one meeting', async () => {
  const meeting = await stage.server.createMeeting();
  const fox = await stage.enter('fox', meeting, { browser: stage.firefox });
  const chrome = await stage.enter('chrome', meeting);
  await seeAndHear(chrome, 'fox');
  await seeAndHear(fox, 'chrome');
  assert.match(await fox.evaluate(() => navigator.userAgent), /Firefox/);
  await Promise.all([fox, chrome].map((page) => page.browserContext().close()));
});

// Frames that each layer has sent, the lowest layer first.
const sent = (page) =>
  page.evaluate(async () => {
    const reports = await window.client.outbound('video');
    return [0, 1, 2].map((layer) => reports.find(({ rid }) => rid === `r${layer}`)?.framesSent ?? 0);
  });

// Waits until Firefox sends these layers and no other: while each of them has sent twenty frames more, the others none.
async function sendsJust(page, layers, timeout = 20000) {
  const deadline = Date.now() + timeout;
  for (let before = await sent(page); ; ) {
    const now = await sent(page);
    const more = now.map((frames, layer) => frames - before[layer]);
    if (more.some((frames, layer) => frames > 0 && !layers.includes(layer))) {
      before = now;
    } else if (layers.every((layer) => more[layer] >= 20)) {
      return;
    }
    assert.ok(Date.now() < deadline, `Firefox does not send just layers ${layers}: frames of each ${more}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('Firefox stops sending the layers that nobody wants, and sends them again when somebody does', async () => {
  const meeting = await stage.server.createMeeting();
  const fox = await stage.enter('fox', meeting, {
    browser: stage.firefox,
    switchesLayers: true,
    audio: false,
    video: {
      codec: { mimeType: 'video/VP8' },
      width: 640,
      height: 480,
      encodings: [
        { maxBitrate: 100000, scaleResolutionDownBy: 4 },
        { maxBitrate: 300000, scaleResolutionDownBy: 2 },
        { maxBitrate: 700000, scaleResolutionDownBy: 1 },
      ],
    },
  });
  const chrome = await stage.enter('chrome', meeting, { audio: false, video: false });
  await plays(chrome, 'fox', 'video', 30000);
  const prefer = (layer) =>
    chrome.evaluate((spatialLayer) => {
      const { client } = window;
      return client.request('set-preferred-layers', { consumerId: client.of('fox', 'video').consumer.id, spatialLayer });
    }, layer);
  const gets = (layer) =>
    eventually(chrome, `chrome gets layer ${layer}`,
      (wanted) => window.client.last('consumer-layers-changed')?.spatialLayer === wanted, 30000, layer);
  await gets(2);
  await sendsJust(fox, [0, 1, 2]);

  await prefer(1);
  await gets(1);
  await sendsJust(fox, [0, 1]);

  await prefer(0);
  await gets(0);
  await sendsJust(fox, [0]);

  await prefer(2);
  await sendsJust(fox, [0, 1, 2]);
  await gets(2);
  const before = await chrome.evaluate(() => window.client.stats('fox', 'video'));
  await eventually(chrome, 'the large picture is decoded',
    (decoded) => window.client.stats('fox', 'video').then((now) => now.frameWidth === 640 && now.framesDecoded > decoded + 10),
    15000, before.framesDecoded);
  await Promise.all([fox, chrome].map((page) => page.browserContext().close()));
});
