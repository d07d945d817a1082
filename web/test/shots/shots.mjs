// Pictures of every page, to be looked at: `npm run shots [name]` writes test/shots/out/*.png.
// Needs Chromium; CHROMIUM names another one than /usr/bin/chromium.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from '../browser.mjs';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = fileURLToPath(new URL('./out', import.meta.url));
const only = process.argv[2];

const VIEWS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const join = async (page) => {
  await page.getByRole('button', { name: 'Join now' }).click();
  await page.getByRole('contentinfo').waitFor();
};
const wait = (ms) => (page) => page.waitForTimeout(ms);

/** name: [path, steps, options] */
const PAGES = {
  start: ['/', []],
  'start-password': [
    '/',
    [
      (page) => page.getByLabel('Ask for a password').check(),
      (page) => page.getByRole('textbox', { name: 'Join a meeting' }).fill('%%'),
      (page) => page.getByRole('button', { name: 'Join the meeting' }).click(),
    ],
  ],
  prejoin: ['/m/demo', [wait(900)]],
  'prejoin-refused': ['/m/demo', [wait(600)], { deny: true, name: '' }],
  'prejoin-password': [
    '/m/demo?password=x',
    [
      (page) => page.getByRole('button', { name: 'Join now' }).click(),
      (page) => page.getByLabel('Meeting password').fill('no'),
      (page) => page.getByRole('button', { name: 'Join now' }).click(),
      wait(500),
    ],
  ],
  'prejoin-full': [
    '/m/demo?refuse=meeting-full',
    [(page) => page.getByRole('button', { name: 'Join now' }).click(), wait(500)],
  ],
  alone: ['/m/demo?people=1', [join, wait(700)]],
  pair: ['/m/demo?people=2', [join, wait(700)]],
  four: ['/m/demo?people=4&hands=1', [join, wait(900)]],
  nine: [
    '/m/demo?people=9&hands=2',
    [
      join,
      (page) =>
        page.evaluate(() => {
          window.fakeMeeting.emit('participant-joined', { participantId: 'x', userName: 'Amara Okafor' });
          window.fakeMeeting.emit('reaction', {
            participantId: 'p1',
            userName: 'Jonas Weber',
            reaction: '🎉',
          });
          window.fakeMeeting.emit('reaction', {
            participantId: 'p2',
            userName: 'Mei-Lin Chen',
            reaction: '👏',
          });
        }),
      wait(900),
    ],
  ],
  many: ['/m/demo?people=34', [join, wait(1200)]],
  share: ['/m/demo?people=7&share=1', [join, wait(900)]],
  panel: ['/m/demo?people=8&hands=2', [join, (page) => page.keyboard.press('p'), wait(900)]],
  reactions: ['/m/demo?people=3', [join, (page) => page.keyboard.press('r'), wait(600)]],
  settings: ['/m/demo?people=3', [join, (page) => page.keyboard.press('?'), wait(600)]],
  weak: ['/m/demo?people=4&link=poor', [join, wait(600)]],
  upload: [
    '/m/demo?people=5&link=upload&active=p1',
    [join, wait(600), (page) => page.locator('.room-header .connection').focus(), wait(200)],
  ],
  'tile-bars': [
    '/m/demo?people=6&active=p1',
    [join, wait(600), (page) => page.locator('[data-participant=p4] .connection').focus(), wait(200)],
  ],
  paused: ['/m/demo?people=4&paused=2&link=download', [join, wait(600)]],
  'paused-many': ['/m/demo?people=16&paused=9&link=download&active=p5&hands=2', [join, wait(900)]],
  'paused-share': ['/m/demo?people=5&share=1&paused=1&active=p1', [join, wait(600)]],
  'sound-only': ['/m/demo?people=5&share=1&soundonly=1', [join, wait(600)]],
  speaker: ['/m/demo?people=9&active=p3', [join, wait(900)]],
  lost: ['/m/demo?people=3&lost=1', [join, wait(600)]],
  muted: [
    '/m/demo?people=3',
    [
      join,
      (page) => page.keyboard.press('m'),
      (page) => page.keyboard.press('v'),
      (page) => page.keyboard.press('h'),
      wait(600),
    ],
  ],
  end: [
    '/m/demo',
    [join, (page) => page.getByRole('button', { name: 'Leave the meeting' }).click(), wait(300)],
  ],
  missing: ['/m/missing', [wait(400)]],
  token: ['/?noguests=1', [wait(400)]],
};

const server = await createServer({ root, mode: 'fake', server: { port: 0 }, logLevel: 'error' });
await server.listen();
const address = `http://localhost:${server.httpServer.address().port}`;
const browser = await launch();
await mkdir(out, { recursive: true });

let problems = 0;
for (const [name, [path, steps, options = {}]] of Object.entries(PAGES)) {
  if (only && !name.startsWith(only)) continue;
  for (const [view, viewport] of Object.entries(VIEWS)) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({
        viewport,
        colorScheme,
        hasTouch: view === 'phone',
        isMobile: view === 'phone',
      });
      const page = await context.newPage();
      const complain = (text) => {
        problems++;
        console.error(`${name} (${view}, ${colorScheme}): ${text}`);
      };
      page.on('pageerror', (error) => complain(error.message));
      page.on('console', (message) => message.type() === 'error' && complain(message.text()));
      page.on(
        'request',
        (request) =>
          request.url().startsWith(address) ||
          /^(data|blob):/.test(request.url()) ||
          complain(`asks ${request.url()}`),
      );
      await page.addInitScript((given) => {
        localStorage.setItem('kcs-meet.name', given.name ?? 'Alex');
        if (given.deny) {
          navigator.mediaDevices.getUserMedia = () =>
            Promise.reject(new DOMException('denied', 'NotAllowedError'));
        }
      }, options);
      try {
        await page.goto(address + path);
        for (const step of steps) await step(page);
        await page.screenshot({ path: `${out}/${name}-${view}-${colorScheme}.png` });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (overflow > 0) complain(`is ${overflow} px too wide`);
      } catch (error) {
        complain(error.message.split('\n')[0]);
      }
      await context.close();
    }
  }
}
await browser.close();
await server.close();
console.log(problems === 0 ? 'No problems seen.' : `${problems} problems.`);
process.exit(problems === 0 ? 0 : 1);
