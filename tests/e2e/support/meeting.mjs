// The parties of a test: a server, the pages, browsers, and clients in them that speak the contract.
import { PageServer, eventually, launchChromium, launchFirefox } from './browser.mjs';
import { Server } from './server.mjs';

export class Stage {
  static async set({ environment, firefox } = {}) {
    const stage = new Stage();
    [stage.server, stage.pages, stage.chromium, stage.firefox] = await Promise.all([
      Server.start(environment),
      PageServer.start(),
      launchChromium(),
      firefox ? launchFirefox() : undefined,
    ]);
    return stage;
  }

  async clear() {
    await Promise.all([this.chromium?.close(), this.firefox?.close()]);
    this.pages?.end();
    await this.server?.end();
  }

  // A client that is connected, and nothing else.
  async connect(name, meeting, { browser = this.chromium, ...setup } = {}) {
    const page = await this.pages.open(browser);
    await this.pages.load(page, 'client', {
      url: this.server.url,
      token: this.server.token(name),
      meetingId: meeting.id,
      ...setup,
    });
    await eventually(page, `${name} is connected`, () => window.client?.socket.connected);
    return page;
  }

  // A client that has joined and sends sound and picture.
  async enter(name, meeting, { join, video, audio, ...setup } = {}) {
    const page = await this.connect(name, meeting, setup);
    // Firefox gathers more than its default address (loopback, which the tests use) only while a page captures.
    if (setup.browser && setup.browser === this.firefox) {
      await page.evaluate(async () => (window.captured = await navigator.mediaDevices.getUserMedia({ audio: true })) && null);
    }
    await page.evaluate((options) => window.client.join(options), join ?? {});
    if (audio !== false) await page.evaluate((options) => window.client.produce('audio', options), audio ?? {});
    if (video !== false) await page.evaluate((options) => window.client.produce('video', options), video ?? {});
    return page;
  }
}

export const plays = (page, participantId, kind, timeout = 15000) =>
  eventually(page, `${kind} of ${participantId} plays`, (...args) => window.client.plays(...args), timeout, participantId, kind);

export async function seeAndHear(page, participantId) {
  await plays(page, participantId, 'video');
  await plays(page, participantId, 'audio');
}
