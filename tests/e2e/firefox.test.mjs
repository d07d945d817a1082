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

// Frames that a layer, 0 the lowest, has sent; undefined before it has.
const sent = (page, layer) =>
  page.evaluate(async (wanted) => {
    const reports = await window.client.outbound('video');
    return reports.find(({ rid }) => rid === `r${wanted}`)?.framesSent;
  }, layer);

// Whether the layer sends within two seconds.
async function sends(page, layer) {
  const before = await sent(page, layer);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return (await sent(page, layer)) > before;
}

async function becomes(page, layer, sending, timeout = 20000) {
  for (const deadline = Date.now() + timeout; Date.now() < deadline; ) if ((await sends(page, layer)) === sending) return true;
  return false;
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
  for (const layer of [0, 1, 2]) assert.ok(await becomes(fox, layer, true), `Firefox sends layer ${layer} at first`);

  await prefer(1);
  await gets(1);
  assert.ok(await becomes(fox, 2, false), 'Firefox goes on with the top layer');
  assert.ok(await sends(fox, 1), 'Firefox stopped the layer that is wanted');

  await prefer(0);
  await gets(0);
  assert.ok(await becomes(fox, 1, false), 'Firefox goes on with the middle layer');
  assert.ok((await sends(fox, 0)) && !(await sends(fox, 2)), 'Firefox sends the lowest layer alone');

  await prefer(2);
  assert.ok(await becomes(fox, 2, true), 'the top layer does not come back');
  await gets(2);
  const before = await chrome.evaluate(() => window.client.stats('fox', 'video'));
  await eventually(chrome, 'the large picture is decoded',
    (decoded) => window.client.stats('fox', 'video').then((now) => now.frameWidth === 640 && now.framesDecoded > decoded + 10),
    15000, before.framesDecoded);
  await Promise.all([fox, chrome].map((page) => page.browserContext().close()));
});
