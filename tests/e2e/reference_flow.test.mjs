import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PageServer, eventually, launchChromium } from './support/browser.mjs';
import { Server } from './support/server.mjs';

let server;
let pages;
let browser;

before(async () => {
  [server, pages, browser] = await Promise.all([Server.start(), PageServer.start(), launchChromium()]);
});
after(async () => {
  await browser?.close();
  pages?.end();
  await server?.end();
});

async function enter(name, others, meeting) {
  const page = await pages.open(browser);
  const token = server.token(name);
  const { body } = await server.request('GET', `/api/meetings/${meeting.id}`, { token });
  await pages.load(page, 'reference', {
    url: server.url,
    jwtToken: token,
    meetingId: meeting.id,
    meetingData: body.data.meeting,
    others,
  });
  await eventually(page, `${name} joins`, () => window.seen?.events.some(([event]) => event === 'meeting-joined'));
  return page;
}

const decodes = async () => {
  const streams = await window.received();
  const video = streams.find((s) => s.kind === 'video');
  const audio = streams.find((s) => s.kind === 'audio');
  return video?.framesDecoded > 30 && audio?.totalAudioEnergy > 0 && streams;
};

test('two Chromiums that follow the reference word for word see and hear each other', async () => {
  const meeting = await server.createMeeting();
  const alice = await enter('alice', ['bob'], meeting);
  const bob = await enter('bob', ['alice'], meeting);
  for (const [page, other] of [
    [alice, 'bob'],
    [bob, 'alice'],
  ]) {
    await eventually(page, 'picture and sound are decoded', decodes, 15000);
    const delay = await page.evaluate((id) => {
      const consumed = window.seen.events.find(([event, data]) => event === 'consumed' && data.kind === 'video')[1];
      return window.seen.firstFrame[id] - window.seen.resumed[consumed.id];
    }, other);
    assert.ok(delay < 1000, `the first frame came ${Math.round(delay)} ms after resume-consumer`);
    console.log(`first frame ${Math.round(delay)} ms after resume-consumer`);
  }
});
