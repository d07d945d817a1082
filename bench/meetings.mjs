// The scenarios of bench/meetings.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { binary, secret, Server } from '../tests/e2e/support/server.mjs';
import { Janus } from './janus/server.mjs';

const run = promisify(execFile);
const rounds = Number(process.env.ROUNDS ?? 3);
const duration = process.env.DURATION ?? '10s';
const chosen = process.env.SCENARIOS ?? '';
// What may be lost on the way where costs are compared: whoever loses more was at its limit.
const bearable = 0.001;
// Where one of the two is at its limit, a camera of less is compared.
const rates = ['1500k', '500k', '200k', '100k'];

const camera = (receivers, rate) => ({
  name: `1 camera of ${rate}, ${receivers} receivers`,
  limit: 'video',
  inTime: { [`video_${receivers}`]: 1 },
  receivers,
  rate,
  options: ['--participants', receivers + 1, '--publishers', 1, '--audio', 'off', '--video-bitrate', rate],
});
// Of ten who all send.
const small = (meetings) => ({
  name: `${meetings} of 10, sound and 500k`,
  limit: 'video',
  inTime: { small_picture: 60, small_voice: 50 }, // packets a second of each sender
  options: ['--meetings', meetings, '--participants', 10, '--video-bitrate', '500k'],
});
// All send sound and 200 kbit/s: 9,000 consumers of pictures and as many of sound, 720,000 packets a second. That is three times what a core
// carries, and more than that what this load test takes in: so all is sent so many times as seldom, and what it costs is multiplied.
const thousand = (slower) => ({
  name: `1,000 participants, 1/${slower} of the rate`,
  limit: 'video',
  inTime: { small_voice: 1 }, // a picture is one packet
  slower,
  options: ['--meetings', 100, '--participants', 10, '--video-bitrate', '200k', '--slower', slower],
});
const scenarios = [
  ...[50, 100, 200, 300].map((receivers) => camera(receivers, rates[0])),
  ...[1, 10, 15, 20].map(small),
  {
    name: '100 meetings of 10, 1 sends sound and 30k',
    limit: 'video',
    inTime: { small_voice: 1 }, // a picture is one small packet, too
    // With all of them sending it would be 720,000 packets a second; with two, 144,000, of which this load test and a worker on
    // two busy cores lost a quarter.
    options: ['--meetings', 100, '--participants', 10, '--publishers', 1, '--video-bitrate', '30k'],
  },
  ...[5, 10].map(thousand),
  {
    name: '10 talkers, 100 participants',
    limit: 'audio',
    inTime: { voice: 1 },
    options: ['--participants', 100, '--publishers', 10, '--video-bitrate', '0'],
  },
].filter(({ name }) => name.includes(chosen));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const medianOf = (reports, figure) => median(reports.map(figure));
const show = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const usageOf = (report, role) => report.processes.find((process) => process.role === role);

// Microseconds of CPU time for a packet that is sealed and sent, and nothing else, of the kinds of traffic that match.
async function probe(matching) {
  const { stdout } = await run('build/release/bench/limit_probe_bench', [
    `--benchmark_filter=${matching}`,
    '--benchmark_min_time=0.3',
  ]);
  const lines = stdout.matchAll(/LimitProbe(InTime)?\/([a-z_]+(?:_[0-9]+)?)_seal_and_send(_alone)?\/.*ns_per_packet=([0-9.]+)(k?)/g);
  return Object.fromEntries(
    [...lines].map(([, inTime, kind, alone, value, thousands]) => [
      kind + (inTime ? '_in_time' : (alone ?? '')),
      Number(value) / (thousands ? 1 : 1000),
    ]),
  );
}

// At once one after the other: in runs, and one by one.
async function limitsInALoop() {
  const found = [];
  for (let round = 0; round < rounds; ++round) found.push(await probe('LimitProbe/.*seal_and_send'));
  return Object.fromEntries(Object.keys(found[0]).map((name) => [name, medianOf(found, (limits) => limits[name])]));
}

// What the packets of a scenario cost on average, each kind in runs when it is due, to receivers that are read.
async function limitInTime({ inTime }) {
  const weights = Object.entries(inTime);
  const limit = await probe(`InTime/(${weights.map(([kind]) => kind).join('|')})_seal_and_send`);
  const sum = weights.reduce((total, [kind, weight]) => total + weight * limit[`${kind}_in_time`], 0);
  return sum / weights.reduce((total, [, weight]) => total + weight, 0);
}

// The report of a load test, also of one that could not do all that it wanted.
async function report(program, options) {
  const all = [...options, '--json', '--duration', duration, '--verify-every', 10].map(String);
  const { stdout, error } = await run(program, all, { maxBuffer: 1 << 26 }).catch((error) => ({ stdout: error.stdout, error }));
  if (!stdout) throw error;
  return JSON.parse(stdout);
}

async function measure({ options }) {
  const server = await Server.start({ MAX_CONNECTIONS_PER_IP: '2000', MAX_PARTICIPANTS: '1000' });
  try {
    return await report(binary, ['load', '--url', server.url, '--token-secret', secret, ...options]);
  } finally {
    await server.end();
  }
}

async function measureJanus({ receivers, rate }, settings) {
  const janus = await Janus.start(settings);
  try {
    return await report('build/release/bench/janus_load', [
      '--socket', janus.socket, '--pid', janus.pid, '--receivers', receivers, '--video-bitrate', rate,
    ]);
  } finally {
    await janus.end();
  }
}

// Whether everybody was there and got everything: else what is seen is not what the traffic costs.
const complete = ({ ok, received }) => ok && Math.abs(received.loss) <= bearable && received.delivered >= received.expected * (1 - bearable);

function table(heads, widths) {
  const line = (cells) =>
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[i]))).join(''));
  line(heads);
  return line;
}

// What a scenario would cost at the full rate.
function multiplied({ slower }, reports) {
  const of = (figure, digits) => show(medianOf(reports, figure), digits);
  const megabytes = (role) => of((report) => usageOf(report, role)?.rssBytes / 1e6, 0);
  console.log(
    `  joined: ${reports.map(({ participants }) => `${participants.joined} of ${participants.wanted}`).join(', ')}; ` +
      `all inside after ${of((report) => report.allJoinedMs / 1000, 1)} s; worker ${megabytes('worker')} MB, server ${megabytes('server')} MB, ` +
      `which takes ${of((report) => usageOf(report, 'server')?.cpuPercent, 1)} % of a core`,
  );
  console.log(
    `  at the full rate, ${of((report) => (slower * report.received.packets) / report.seconds, 0)} packets/s and ` +
      `${of((report) => (slower * report.received.bitrate) / 1e9, 2)} Gbit/s out: at most ${slower} times the worker's CPU time, ` +
      `${of((report) => (slower * usageOf(report, 'worker')?.cpuPercent) / 100, 2)} cores. (Less, since more packets leave together, and timers and path ` +
      `checks run as often as now. Memory: more, by the packets of pictures that are kept for two seconds, 2 KiB each.)`,
  );
}

async function ours(limit) {
  const line = table(
    ['', 'packets/s', 'lost %', 'p50 ms', 'p99 ms', 'us/packet', 'ratio', 'in time', 'ratio', 'worker %', 'load %'],
    [42, 12, 9, 10, 10, 10, 8, 9, 8, 10, 8],
  );
  for (const scenario of scenarios) {
    const reports = [];
    for (let round = 0; round < rounds; ++round) {
      console.error(`${scenario.name}: round ${round + 1} of ${rounds}`);
      const inTime = await limitInTime(scenario);
      reports.push({ ...(await measure(scenario)), inTime });
    }
    const of = (figure, digits) => show(medianOf(reports, figure), digits);
    const cost = medianOf(reports, (report) => report.workerMicrosecondsPerPacket);
    line([
      scenario.name,
      of((report) => report.received.packets / report.seconds, 0),
      of((report) => 100 * report.received.loss, 3),
      of((report) => report.latency[scenario.limit].p50Ms, 2),
      of((report) => report.latency[scenario.limit].p99Ms, 2),
      show(cost, 2),
      show(cost / limit[scenario.limit], 2),
      of(({ inTime }) => inTime, 2),
      of(({ inTime, workerMicrosecondsPerPacket }) => workerMicrosecondsPerPacket / inTime, 2),
      of((report) => usageOf(report, 'worker')?.cpuPercent, 1),
      of((report) => usageOf(report, 'load test').cpuPercent, 1),
    ]);
    if (scenario.slower) multiplied(scenario, reports);
    for (const report of reports.filter(({ ok }) => !ok)) console.log('  not all were there:', report.participants.failures);
  }
}

// Who are compared. Janus has a thread for each participant; one that they share is less work, and may come late.
const subjects = {
  ours: measure,
  janus: (scenario) => measureJanus(scenario, {}),
  oneLoop: (scenario) => measureJanus(scenario, { eventLoops: 1 }),
};

// All of them in turn, ROUNDS times. Nothing when one is at its limit already in the first round: what then is why.
async function inTurn(scenario) {
  const seen = [];
  for (let round = 0; round < rounds; ++round) {
    console.error(`beside Janus, ${scenario.name}: round ${round + 1} of ${rounds}`);
    const reports = {};
    for (const [name, measureIt] of Object.entries(subjects)) reports[name] = await measureIt(scenario);
    if (round === 0 && !Object.values(reports).every(complete)) {
      const lost = ({ participants, received }) =>
        `${participants.joined} of ${participants.wanted} joined, ${(100 * received.loss).toFixed(1)} % lost`;
      return { why: `${scenario.name}: ${Object.entries(reports).map(([name, it]) => `${name} ${lost(it)}`).join('; ')}` };
    }
    seen.push(reports);
  }
  return { seen };
}

async function besideJanus() {
  console.log(`\nBeside Janus ${await Janus.version()}, in turn; (1): with event_loops = 1\n`);
  const line = table(
    ['', 'packets/s', 'us/packet', 'Janus', 'ratio', '(1)', 'ratio', 'p99 ms', 'Janus', '(1)', 'load %'],
    [36, 12, 10, 8, 8, 8, 8, 9, 9, 9, 8],
  );
  const ciphers = new Set();
  for (const { receivers } of scenarios.filter(({ rate }) => rate)) {
    for (const rate of rates) {
      const scenario = camera(receivers, rate);
      const { seen, why } = await inTurn(scenario);
      if (!seen) {
        console.log(`  ${why}`);
        continue;
      }
      for (const reports of seen) for (const { srtp } of Object.values(reports)) ciphers.add(srtp);
      const of = (name, figure) => medianOf(seen, (reports) => figure(reports[name]));
      const cost = (report) => report.workerMicrosecondsPerPacket;
      const ratio = (name) => medianOf(seen, (reports) => cost(reports[name]) / cost(reports.ours));
      const late = ({ latency }) => latency.video.p99Ms;
      line([
        scenario.name,
        of('ours', ({ received, seconds }) => received.packets / seconds).toFixed(0),
        of('ours', cost).toFixed(2),
        of('janus', cost).toFixed(2),
        ratio('janus').toFixed(1),
        of('oneLoop', cost).toFixed(2),
        ratio('oneLoop').toFixed(1),
        ...['ours', 'janus', 'oneLoop'].map((name) => of(name, late).toFixed(1)),
        of('ours', (report) => usageOf(report, 'load test').cpuPercent).toFixed(0),
      ]);
      break;
    }
  }
  console.log(`\nSRTP: ${[...ciphers].join(' and ')}`);
}

console.error('limit probe');
const limit = await limitsInALoop();
console.log(
  `seal and send in a loop: ${limit.video.toFixed(2)} us a packet of 1,200 bytes, ${limit.audio.toFixed(2)} us of 100; ` +
    `one by one ${limit.video_alone.toFixed(2)} and ${limit.audio_alone.toFixed(2)} us\n`,
);
await ours(limit);
if (process.env.JANUS !== 'off' && scenarios.some(({ rate }) => rate)) {
  const missing = await Janus.missing();
  if (missing) console.log(`\nNot compared with Janus: ${missing}.`);
  else await besideJanus();
}
