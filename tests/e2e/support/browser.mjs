// Browsers and the pages they run: client code bundled with the current mediasoup-client and socket.io-client.
import { build } from 'esbuild';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';

const pages = fileURLToPath(new URL('../pages/', import.meta.url));

const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];

const firefoxPreferences = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'permissions.default.camera': 1,
  'permissions.default.microphone': 1,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.gmp-manager.updateEnabled': false,
  'app.update.disabledForTesting': true,
};

export async function launchChromium() {
  return puppeteer.launch({ executablePath: '/usr/bin/chromium', headless: true, args: chromiumFlags });
}

export async function launchFirefox() {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: firefoxPreferences,
  });
}

// Serves the bundled pages on localhost, which browsers trust with a camera.
export class PageServer {
  static async start() {
    const server = new PageServer();
    const bundles = await build({
      entryPoints: [`${pages}reference.js`, `${pages}client.js`],
      bundle: true,
      format: 'esm',
      write: false,
      outdir: '/',
    });
    const files = new Map(bundles.outputFiles.map((file) => [file.path, file.contents]));
    server.http = createServer((request, response) => {
      const { pathname } = new URL(request.url, 'http://localhost');
      const script = files.get(pathname);
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      response.end(script ?? '<!doctype html><title>test</title><body></body>');
    }).listen(0, '127.0.0.1');
    await once(server.http, 'listening');
    server.url = `http://localhost:${server.http.address().port}`;
    return server;
  }

  end() {
    this.http.closeAllConnections();
    this.http.close();
  }

  // A page of its own in a context of its own. `lines` collects what it complains about.
  async open(browser) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.lines = [];
    page.on('console', (message) => page.lines.push(message.text()));
    page.on('pageerror', (error) => page.lines.push(String(error)));
    await page.goto(`${this.url}/`);
    return page;
  }

  // Runs one of the bundled scripts with `setup` in window.setup.
  async load(page, script, setup) {
    await page.evaluate((s) => (window.setup = s), setup);
    await page.addScriptTag({ url: `${this.url}/${script}.js`, type: 'module' });
  }
}

// Waits until the page's function returns something true, and returns that.
export async function eventually(page, what, condition, timeout = 10000, ...args) {
  const deadline = Date.now() + timeout;
  for (;;) {
    const value = await page.evaluate(condition, ...args);
    if (value) return value;
    if (Date.now() > deadline) {
      throw new Error(`not within ${timeout} ms: ${what}\n${page.lines.slice(-20).join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
