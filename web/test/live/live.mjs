// Two and three people meet through a running server, in the pages as they are: `npm run live -- [address]`.
// The server must take guests and serve web/dist (or be behind `npm run dev`). CHROMIUM names the browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from '../browser.mjs';

const address = process.argv[2] ?? 'http://localhost:4501';
const browser = await launch([
  '--auto-select-desktop-capture-source=Entire screen',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
]);

const out = fileURLToPath(new URL('../shots/out', import.meta.url));
await mkdir(out, { recursive: true });
const begun = Date.now();
const note = (text) => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);
let complaints = 0;

async function person(name) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const complain = (text) => {
    complaints++;
    note(`!! ${name}: ${text}`);
  };
  page.on('pageerror', (error) => complain(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !page.expectErrors) complain(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !/^(data|blob):/.test(request.url()))
      complain(`asks ${request.url()}`);
  });
  await page.addInitScript((value) => localStorage.setItem('kcs-meet.name', value), name);
  return { name, context, page };
}

const tile = ({ page }, name) =>
  page.locator('.tile', { has: page.locator('.tile-name', { hasText: name }) });

/** How many frames of this person's tile have been shown so far. */
const frames = async (who, name) =>
  tile(who, name)
    .locator('video')
    .evaluate((video) => video.getVideoPlaybackQuality().totalVideoFrames);

async function seesMoving(who, name, timeout = 15_000) {
  const until = Date.now() + timeout;
  let first = null;
  while (Date.now() < until) {
    const count = await frames(who, name).catch(() => 0);
    first ??= count;
    if (count > first + 10) return note(`${who.name} sees ${name} moving`);
    await who.page.waitForTimeout(200);
  }
  throw new Error(`${who.name} does not see ${name} moving`);
}

async function hears(who, name) {
  // The ring comes from the sound that arrived, not from anything the server said.
  await tile(who, name).and(who.page.locator('.tile-speaking')).waitFor({ timeout: 15_000 });
  note(`${who.name} hears ${name}`);
}

async function join(who, url) {
  await who.page.goto(url);
  await who.page.getByRole('button', { name: 'Join now' }).click();
  await who.page.getByRole('contentinfo').waitFor({ timeout: 15_000 });
  note(`${who.name} is in`);
}

const button = ({ page }, name) => page.getByRole('button', { name, exact: true });
const toast = ({ page }, text) =>
  page.locator('.toast', { hasText: text }).first().waitFor({ timeout: 15_000 });

const steps = {
  async 'a meeting is made and two people see and hear each other'() {
    await ada.page.goto(address);
    await ada.page.getByLabel('New meeting').fill('Live test');
    await button(ada, 'Create meeting').click();
    await ada.page.getByRole('heading', { name: 'Live test' }).waitFor();
    link = ada.page.url();
    await button(ada, 'Join now').click();
    await ada.page.getByText('Nobody else is here yet.').waitFor();
    await join(bob, link);
    await toast(ada, 'Bob joined');
    await Promise.all([seesMoving(ada, 'Bob'), seesMoving(bob, 'Ada'), hears(ada, 'Bob'), hears(bob, 'Ada')]);
  },
  async 'a third one comes later'() {
    await join(eve, link);
    await Promise.all([
      seesMoving(eve, 'Ada'),
      seesMoving(eve, 'Bob'),
      seesMoving(ada, 'Eve'),
      seesMoving(bob, 'Eve'),
    ]);
    assert.equal(await ada.page.locator('.tile').count(), 3);
  },
  async 'muting and turning the camera off show, and end'() {
    await button(bob, 'Mute').click();
    await ada.page.locator('.tile[aria-label^="Bob, muted"]').waitFor();
    await button(bob, 'Unmute').click();
    await hears(ada, 'Bob');
    await button(bob, 'Turn the camera off').click();
    await ada.page.locator('.tile[aria-label*="Bob"][aria-label*="camera off"]').waitFor();
    await button(bob, 'Turn the camera on').click();
    await ada.page.locator('.tile[aria-label*="Bob"]:not([aria-label*="camera off"])').waitFor();
    await seesMoving(ada, 'Bob');
  },
  async 'hands and reactions arrive'() {
    await button(bob, 'Raise your hand').click();
    await ada.page.locator('.tile[aria-label*="Bob"][aria-label*="hand raised"]').waitFor();
    await toast(ada, 'Bob raised a hand');
    await button(bob, 'Lower your hand').click();
    await ada.page.locator('.tile[aria-label*="Bob"]:not([aria-label*="hand raised"])').waitFor();
    await bob.page.keyboard.press('r');
    await button(bob, 'Applause').click();
    await ada.page.locator('.float', { hasText: 'Bob' }).waitFor();
    await bob.page.locator('.float', { hasText: 'You' }).waitFor();
    await bob.page.keyboard.press('Escape');
  },
  async 'a shared screen takes the stage'() {
    await button(bob, 'Share your screen').click();
    await bob.page.getByText('Everybody sees your screen.').waitFor();
    const screen = ada.page.locator('.screen video');
    await screen.waitFor();
    await ada.page.waitForFunction(
      () => (document.querySelector('.screen video')?.videoWidth ?? 0) > 0,
      null,
      { timeout: 15_000 },
    );
    note(
      `Ada sees the screen, ${await screen.evaluate((video) => `${video.videoWidth}x${video.videoHeight}`)}`,
    );
    await bob.page.getByRole('button', { name: 'Stop sharing', exact: true }).click();
    await screen.waitFor({ state: 'detached' });
    await seesMoving(ada, 'Bob');
  },
  async 'a lost network comes back by itself'() {
    bob.page.expectErrors = true;
    const session = await bob.context.newCDPSession(bob.page);
    const network = (offline) =>
      session.send('Network.emulateNetworkConditions', {
        offline,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      });
    await session.send('Network.enable');
    await network(true);
    await bob.page.getByText('Reconnecting').waitFor({ timeout: 60_000 });
    note('Bob has lost the connection');
    await network(false);
    await bob.page.getByText('Reconnecting').waitFor({ state: 'detached', timeout: 60_000 });
    note('Bob is back');
    await Promise.all([seesMoving(ada, 'Bob', 30_000), seesMoving(bob, 'Ada', 30_000)]);
    bob.page.expectErrors = false;
  },
  async 'a lost media worker is replaced'() {
    const server = process.env.SERVER_PID;
    if (!server) return note('skipped: SERVER_PID is not given');
    for (const pid of execFileSync('pgrep', ['-P', server]).toString().trim().split('\n'))
      process.kill(Number(pid), 'SIGKILL');
    await ada.page.waitForTimeout(300);
    await Promise.all([
      seesMoving(ada, 'Bob', 30_000),
      seesMoving(bob, 'Ada', 30_000),
      seesMoving(eve, 'Ada', 30_000),
      hears(ada, 'Bob'),
    ]);
    assert.equal(await ada.page.locator('.tile').count(), 3);
  },
  async 'a reload comes back'() {
    await eve.page.reload();
    await toast(ada, 'Eve left');
    await join(eve, link);
    await Promise.all([seesMoving(ada, 'Eve'), seesMoving(eve, 'Ada')]);
  },
  async 'leaving shows at once'() {
    await button(eve, 'Leave the meeting').click();
    await eve.page.getByRole('heading', { name: 'You left the meeting' }).waitFor();
    await toast(ada, 'Eve left');
    await tile(ada, 'Eve').waitFor({ state: 'detached' });
    await button(eve, 'Join again').click();
    await button(eve, 'Join now').click();
    await seesMoving(ada, 'Eve');
  },
  async 'a password is asked for'() {
    const [zoe, yan] = [await person('Zoe'), await person('Yan')];
    await zoe.page.goto(address);
    await zoe.page.getByLabel('Ask for a password').check();
    await zoe.page.getByLabel('Meeting password').fill('sesame');
    await button(zoe, 'Create meeting').click();
    await zoe.page.getByRole('heading', { name: "Zoe's meeting" }).waitFor();
    await button(zoe, 'Join now').click();
    await zoe.page.getByRole('contentinfo').waitFor();
    await yan.page.goto(zoe.page.url());
    await button(yan, 'Join now').click();
    await yan.page.getByLabel('Meeting password').fill('wrong');
    await button(yan, 'Join now').click();
    await yan.page.getByText('That password is not right.').waitFor();
    await yan.page.getByLabel('Meeting password').fill('sesame');
    await button(yan, 'Join now').click();
    await yan.page.getByRole('contentinfo').waitFor();
    await seesMoving(zoe, 'Yan');
    await Promise.all([zoe.context.close(), yan.context.close()]);
  },
  async 'a meeting that does not exist says so'() {
    const zoe = await person('Zoe');
    zoe.page.expectErrors = true;
    await zoe.page.goto(`${address}/m/00000000-0000-4000-8000-000000000000`);
    await zoe.page.getByRole('heading', { name: 'This meeting does not exist' }).waitFor();
    await zoe.context.close();
  },
};

let link = '';
const [ada, bob, eve] = [await person('Ada'), await person('Bob'), await person('Eve')];
const only = process.argv[3];
let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  if (only && failed === 0 && link && !name.includes(only)) continue;
  note(`-- ${name}`);
  try {
    await step();
  } catch (error) {
    failed++;
    note(`FAILED: ${error.message.split('\n').slice(0, 3).join(' ')}`);
    for (const who of [ada, bob, eve])
      await who.page.screenshot({ path: `${out}/live-${who.name}.png` }).catch(() => {});
    if (!link) break;
  }
}
await browser.close();
note(failed || complaints ? `${failed} steps failed, ${complaints} complaints` : 'All is well.');
process.exit(failed || complaints ? 1 : 0);
