// The scenarios of bench/meetings.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { binary, secret, Server } from '../tests/e2e/support/server.mjs';

const run = promisify(execFile);
const rounds = Number(process.env.ROUNDS ?? 3);
const duration = process.env.DURATION ?? '10s';
const chosen = process.env.SCENARIOS ?? '';

const camera = (receivers, rate = '1500k') => ({
  name: `1 camera of ${rate}, ${receivers} receivers`,
  limit: 'video',
  options: ['--participants', receivers + 1, '--publishers', 1, '--audio', 'off', '--video-bitrate', rate],
});
const scenarios = [
  ...[50, 100, 200, 300].map((receivers) => camera(receivers)),
  {
    name: '10 meetings of 10, sound and 500k',
    limit: 'video',
    options: ['--meetings', 10, '--participants', 10, '--video-bitrate', '500k'],
  },
  {
    name: '100 meetings of 10, sound and 30k',
    limit: 'video',
    options: ['--meetings', 100, '--participants', 10, '--video-bitrate', '30k'],
  },
  {
    name: '10 talkers, 100 participants',
    limit: 'audio',
    options: ['--participants', 100, '--publishers', 10, '--video-bitrate', '0'],
  },
].filter(({ name }) => name.includes(chosen));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// Microseconds of CPU time for a packet that is sealed and sent, and nothing else.
async function limits() {
  const found = { video: [], audio: [] };
  for (let round = 0; round < rounds; ++round) {
    const { stdout } = await run('build/release/bench/limit_probe_bench', [
      '--benchmark_filter=(video|audio)_seal_and_send/',
      '--benchmark_min_time=0.3',
    ]);
    for (const [, kind, value, thousands] of stdout.matchAll(
      /LimitProbe\/(video|audio)_seal_and_send\/.*ns_per_packet=([0-9.]+)(k?)/g,
    )) {
      found[kind].push(Number(value) / (thousands ? 1 : 1000));
    }
  }
  return { video: median(found.video), audio: median(found.audio) };
}

async function measure({ options }) {
  const server = await Server.start({ MAX_CONNECTIONS_PER_IP: '2000', MAX_PARTICIPANTS: '1000' });
  try {
    const { stdout } = await run(
      binary,
      ['load', '--url', server.url, '--token-secret', secret, '--json', '--duration', duration, '--verify-every', 10,
        ...options].map(String),
      { cwd: server.directory, maxBuffer: 1 << 26 },
    );
    return JSON.parse(stdout);
  } finally {
    await server.end();
  }
}

const columns = [36, 12, 9, 10, 10, 10, 8, 9];
const line = (cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(columns[0]) : cell.padStart(columns[i]))).join('');

console.error('limit probe');
const limit = await limits();
console.log(`seal and send: ${limit.video.toFixed(2)} us a packet of 1,200 bytes, ${limit.audio.toFixed(2)} us of 100\n`);
console.log(line(['', 'packets/s', 'lost %', 'p50 ms', 'p99 ms', 'us/packet', 'ratio', 'worker %']));
for (const scenario of scenarios) {
  const reports = [];
  for (let round = 0; round < rounds; ++round) {
    console.error(`${scenario.name}: round ${round + 1} of ${rounds}`);
    reports.push(await measure(scenario));
  }
  const of = (figure) => median(reports.map(figure));
  const cost = of((report) => report.workerMicrosecondsPerPacket);
  console.log(
    line([
      scenario.name,
      of((report) => report.received.packets / report.seconds).toFixed(0),
      of((report) => 100 * report.received.loss).toFixed(3),
      of((report) => report.latency[scenario.limit].p50Ms).toFixed(2),
      of((report) => report.latency[scenario.limit].p99Ms).toFixed(2),
      cost.toFixed(2),
      (cost / limit[scenario.limit]).toFixed(2),
      of((report) => report.processes.find(({ role }) => role === 'worker').cpuPercent).toFixed(1),
    ]),
  );
}
