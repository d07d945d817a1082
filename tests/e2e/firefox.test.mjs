import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stage, seeAndHear } from './support/meeting.mjs';

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
