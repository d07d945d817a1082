// A kcs-meet of its own for a test: random ports, a temporary directory, and a secret to sign tokens with.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const binary = process.env.KCS_MEET ?? fileURLToPath(new URL('../../../build/release/kcs-meet', import.meta.url));
export const secret = 'end-to-end-secret-of-sufficient-length';

const base64url = (value) => Buffer.from(value).toString('base64url');

export function signToken(claims, key = secret) {
  const header = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }));
  const body = base64url(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims }));
  const signature = createHmac('sha256', key).update(`${header}.${body}`).digest('base64url');
  return `${header}.${body}.${signature}`;
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// Settings that a whole run of the tests can be given: `MEDIASOUP_GSO=off node --test`.
const passedOn = Object.fromEntries(
  ['MEDIASOUP_GSO', 'MEDIASOUP_RUN_PADDING', 'MEDIASOUP_GATHERING'].filter((name) => name in process.env).map((name) => [name, process.env[name]]),
);

export class Server {
  static async start(environment = {}) {
    const server = new Server();
    server.directory = await mkdtemp(join(tmpdir(), 'kcs-meet-'));
    server.port = await freePort();
    server.environment = {
      PATH: process.env.PATH,
      PORT: String(server.port),
      JWT_SECRET: secret,
      CORS_ORIGINS: '*',
      DATABASE_URL: `sqlite:${join(server.directory, 'meetings.db')}`,
      MEDIASOUP_WORKERS: '1',
      MEDIASOUP_LISTEN_IP: '127.0.0.1',
      MEDIASOUP_ANNOUNCED_IP: '127.0.0.1',
      MEDIASOUP_RTC_MIN_PORT: String(12000 + (server.port % 8000)),
      MEDIASOUP_RTC_MAX_PORT: String(12000 + (server.port % 8000) + 99),
      ...passedOn,
      ...environment,
    };
    await server.launch();
    return server;
  }

  async launch() {
    this.log = '';
    this.process = spawn(binary, ['serve'], {
      cwd: this.directory,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (data) => (this.log += data));
    }
    const exited = once(this.process, 'exit').then(([code]) => {
      throw new Error(`kcs-meet ended with ${code}:\n${this.log}`);
    });
    exited.catch(() => {});
    await Promise.race([this.answers(), exited]);
  }

  async answers() {
    const deadline = Date.now() + 10000;
    for (;;) {
      try {
        if ((await fetch(`${this.url}/api/health`)).ok) return;
      } catch {
        // not listening yet
      }
      if (Date.now() > deadline) throw new Error(`kcs-meet does not answer:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get url() {
    return `${this.secure ? 'https' : 'http'}://localhost:${this.port}`;
  }

  get secure() {
    return 'TLS_CERT' in this.environment;
  }

  token(sub, claims = {}) {
    return signToken({ sub, name: sub, ...claims });
  }

  // Resolves to { status, body }.
  async request(method, path, { token, body } = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  // What it says of itself, e.g. metric('kcs_requests_total', 'event="join-meeting"'); NaN when it says nothing of that.
  async metric(name, label = '') {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:\\{[^}]*${label}[^}]*\\})? (.*)$`, 'm').exec(text)?.[1]);
  }

  async createMeeting(options = {}) {
    const { status, body } = await this.request('POST', '/api/meetings', {
      token: this.token('host'),
      body: { meeting_title: 'Test', ...options },
    });
    if (status !== 201) throw new Error(`no meeting: ${status} ${JSON.stringify(body)}`);
    return body.data.meeting;
  }

  async stop(signal = 'SIGTERM') {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill(signal);
      await once(this.process, 'exit');
    }
    return this.process.exitCode;
  }

  async end() {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
