// The scenario of bench/join.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { binary, secret, Server } from '../tests/e2e/support/server.mjs';

const rounds = Number(process.env.ROUNDS ?? 3);
const participants = Number(process.env.PARTICIPANTS ?? 1000);
const rate = Number(process.env.RATE ?? 1000);
const publishers = Number(process.env.PUBLISHERS ?? 5);

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// Seconds of CPU time that a process has used.
async function cpu(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function workerOf(pid) {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Number(children.split(' ')[0]);
}

// Of the worker, by the end of their names.
async function counters(server) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const found = {};
  for (const [, name, reason, value] of text.matchAll(
    /^kcs_worker_(handshake\w+|drops)_total\{worker="0"(?:,reason="(\w+)")?\} ([0-9.e+]+)$/gm,
  )) {
    found[reason ?? name] = Number(value);
  }
  return found;
}

// Resolves to the report of a load test, whatever it found.
async function load(server, options) {
  const child = spawn(
    binary,
    ['load', '--url', server.url, '--token-secret', secret, '--json', '--video-bitrate', 0, ...options].map(String),
    { cwd: server.directory, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  await once(child, 'close');
  return JSON.parse(output);
}

const talk = (server, duration) =>
  load(server, ['--participants', 5, '--warmup', '1s', '--duration', duration]);

async function measure() {
  const server = await Server.start({
    MAX_CONNECTIONS_PER_IP: String(2 * participants + 100),
    MAX_PARTICIPANTS: String(participants),
    LOG_LEVEL: 'warn',
  });
  try {
    const alone = await talk(server, '5s');
    const beside = talk(server, '15s');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const worker = await workerOf(server.process.pid);
    const before = [await cpu(server.process.pid), await cpu(worker)];
    const joining = await load(server, [
      '--participants', participants, '--publishers', publishers, '--join-rate', rate, '--warmup', '1s',
      '--duration', '1s', '--verify-every', 10,
    ]);
    const after = [await cpu(server.process.pid), await cpu(worker)];
    return {
      alone,
      joining,
      beside: await beside,
      server: after[0] - before[0],
      worker: after[1] - before[1],
      counters: await counters(server),
    };
  } finally {
    await server.end();
  }
}

const results = [];
for (let round = 0; round < rounds; ++round) {
  console.error(`round ${round + 1} of ${rounds}`);
  results.push(await measure());
  for (const [why, count] of Object.entries(results.at(-1).joining.participants.failures)) console.error(`${count} x ${why}`);
}
const row = (text, figure, digits = 1) =>
  console.log(`${text.padEnd(58)} ${median(results.map(figure)).toFixed(digits).padStart(9)}`);

console.log(`${participants} participants of one meeting, ${publishers} of them with a microphone, ${rate} joins begun in a second\n`);
row('inside, with all media', (r) => r.joining.participants.joined, 0);
row('all inside after, s', (r) => r.joining.allJoinedMs / 1000);
row('one of them: median, s', (r) => r.joining.joinMs.median / 1000);
row('one of them: p99, s', (r) => r.joining.joinMs.p99 / 1000);
row('CPU time of the server, s (with two seconds of media)', (r) => r.server);
row('CPU time of the worker, s (with two seconds of media)', (r) => r.worker);
row('handshakes completed', (r) => r.counters.handshakes_completed, 0);
row('handshakes failed', (r) => r.counters.handshakes_failed, 0);
row('datagrams of handshakes that had to wait', (r) => r.counters.handshake_datagrams_deferred, 0);
row('  and that found no room', (r) => r.counters.handshake_queue_full ?? 0, 0);
row('a small meeting beside it: sound, p50 ms', (r) => r.beside.latency.audio.p50Ms, 2);
row('  p99 ms', (r) => r.beside.latency.audio.p99Ms, 2);
row('  max ms', (r) => r.beside.latency.audio.maxMs, 2);
row('  lost, %', (r) => 100 * r.beside.received.loss, 3);
row('  alone: p50 ms', (r) => r.alone.latency.audio.p50Ms, 2);
row('  alone: p99 ms', (r) => r.alone.latency.audio.p99Ms, 2);
row('  the load test itself was late by (joining), p99 ms', (r) => r.joining.lateMs.p99, 1);
