// `kcs-meet load` against a real server: what its users read is true.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Server, binary, secret } from './support/server.mjs';

let server;
before(async () => (server = await Server.start()));
after(() => server?.end());

// Resolves to { code, report, complaint } of a load test that ran to its end.
async function load(...options) {
  const child = spawn(binary, ['load', '--url', server.url, '--json', ...options], {
    cwd: server.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (complaint += data));
  const [code] = await once(child, 'close');
  return { code, complaint, report: output ? JSON.parse(output) : null };
}

test('everybody hears and sees everybody, and the server is measured', async () => {
  const { code, report, complaint } = await load(
    '--token-secret', secret, '--participants', '4', '--video-bitrate', '300k', '--warmup', '2s', '--duration', '3s');
  assert.equal(code, 0, complaint);
  assert.deepEqual(report.participants, { wanted: 4, joined: 4, dropped: 0, failures: {} });
  // Sound and picture of three others each.
  assert.deepEqual(report.streams, { expected: 24, flowing: 24 });
  assert.equal(report.received.lost, 0);
  assert.equal(report.received.undecryptable, 0);
  // Four microphones and four cameras: some 1,000 packets, fewer on a machine that is busy.
  assert.ok(report.sent.packets > 300, `sent ${report.sent.packets}`);
  assert.ok(report.received.delivered > report.sent.packets, JSON.stringify(report.received));
  assert.ok(report.received.delivered <= 3.1 * report.sent.packets, JSON.stringify(report.received));
  for (const kind of ['audio', 'video']) {
    const { packets, p50Ms, p99Ms, maxMs } = report.latency[kind];
    assert.ok(packets > 100, `${kind}: ${packets}`);
    assert.ok(p50Ms > 0 && p50Ms <= p99Ms && p99Ms <= maxMs, JSON.stringify(report.latency[kind]));
  }
  assert.ok(report.joinMs.median > 0 && report.joinMs.max < 30000, JSON.stringify(report.joinMs));
  assert.ok(report.workerMicrosecondsPerPacket > 0, 'the workers are not measured');
  assert.deepEqual(report.processes.map((process) => process.role), ['worker', 'server', 'load test']);
  assert.equal(report.processes[1].pid, server.process.pid);

  // Its meeting is gone again.
  const { body } = await server.request('GET', '/api/meetings', { token: server.token('admin', { role: 'admin' }) });
  assert.equal(body.data.total, 0);
});

test('SIGINT while meetings are made leaves none behind', async () => {
  const token = server.token('admin', { role: 'admin' });
  const total = async () => (await server.request('GET', '/api/meetings', { token })).body.data.total;
  const child = spawn(binary, ['load', '--url', server.url, '--token-secret', secret, '--meetings', '400', '--participants', '2'],
    { cwd: server.directory, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (data) => (complaint += data));
  const closed = once(child, 'close');
  while ((await total()) === 0) assert.equal(child.exitCode, null, complaint);
  child.kill('SIGINT');
  const [code] = await closed;
  assert.equal(code, 2, complaint);
  assert.match(complaint, /interrupted before it began/);
  assert.equal(await total(), 0);
});

test('simulcast is consumed too', async () => {
  const { code, report, complaint } = await load(
    '--token-secret', secret, '--participants', '3', '--publishers', '1', '--audio', 'off', '--simulcast',
    '--video-bitrate', '900k', '--warmup', '1s', '--duration', '1s');
  assert.equal(code, 0, complaint);
  assert.deepEqual(report.streams, { expected: 2, flowing: 2 });
  assert.equal(report.received.lost, 0);
});

test('a bad token is said in plain words', async () => {
  const { code, report, complaint } = await load('--token-secret', 'another-secret-than-the-server-has', '--participants', '2');
  assert.equal(code, 2);
  assert.equal(report, null);
  assert.match(complaint, /unauthorized/);
});

test('SIGINT ends it with the report', async () => {
  const child = spawn(binary, ['load', '--url', server.url, '--json', '--token-secret', secret, '--participants', '2',
    '--video-bitrate', '0', '--warmup', '1s', '--duration', '1h'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  const closed = once(child, 'close');
  let progress = '';
  await new Promise((resolve) =>
    child.stderr.on('data', (data) => {
      progress += data;
      if (progress.includes('measuring')) resolve();
    }));
  child.kill('SIGINT');
  const [code] = await closed;
  assert.equal(code, 0);
  const report = JSON.parse(output);
  assert.equal(report.interrupted, true);
  assert.equal(report.streams.flowing, 2);
});
