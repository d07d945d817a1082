// The scenarios of bench/signaling.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '../tests/e2e/support/server.mjs';
import { cpuMs, inTurns, openSockets, residentBytes } from '../tests/e2e/support/sockets.mjs';

const rounds = Number(process.env.ROUNDS ?? 3);
const sockets = Number(process.env.SOCKETS ?? 10000);
const members = Number(process.env.MEMBERS ?? 1000);
const chosen = process.env.SCENARIOS ?? '';

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const max = (values) => values.reduce((a, b) => Math.max(a, b));
const ms = (value) => `${value.toFixed(1)} ms`;
const kilobytes = (value) => `${(value / 1000).toFixed(1)} KB`;

// Memory that the kernel holds in objects of its own: both ends of every connection, and whatever else this machine does.
const kernelBytes = () => 1024 * Number(/Slab:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))[1]);

const limits = {
  MAX_CONNECTIONS: '100000',
  MAX_CONNECTIONS_PER_IP: '100000',
  MAX_PARTICIPANTS: '10000',
  MAX_MEETINGS: '10000',
};

async function withServer(work, settings = {}) {
  const server = await Server.start({ ...limits, ...settings });
  try {
    await work(server, server.process.pid);
  } finally {
    await server.end();
  }
}

// REST lets in a hundred requests a second.
async function createMeeting(server) {
  for (;;) {
    try {
      return await server.createMeeting({ meeting_title: 'Load' });
    } catch (error) {
      if (!error.message.includes('429')) throw error;
      await sleep(50);
    }
  }
}

const joinMeeting = (socket, meeting) => socket.request('join-meeting', { meetingId: meeting.id });

// Each of them has had its `meeting-joined`, and of each pair one has been told of the other.
async function heardOfAll(open) {
  const expected = open.length + (open.length * (open.length - 1)) / 2;
  const told = () => open.reduce((sum, socket) => sum + socket.received, 0);
  while (told() < expected) await sleep(5);
  if (told() !== expected) throw new Error(`${told()} messages instead of ${expected}`);
}

function tellMemory(what, count, pid, before) {
  const { rss, kernel } = before;
  console.log(
    `  ${what}: ${kilobytes((residentBytes(pid) - rss) / count)} a socket in the server's process ` +
      `(${(residentBytes(pid) / 1e6).toFixed(1)} MB in all), ${kilobytes((kernelBytes() - kernel) / count)} of the kernel's for both ends`,
  );
}

const scenarios = {
  // What a socket takes that does nothing, and one that is in a meeting of ten.
  idle: () =>
    withServer(async (server, pid) => {
      const before = { rss: residentBytes(pid), kernel: kernelBytes() };
      const started = performance.now();
      const cpu = cpuMs(pid);
      const open = await openSockets(server, sockets);
      const spent = cpuMs(pid) - cpu;
      console.log(`  ${sockets} sockets opened in ${ms(performance.now() - started)}, ${ms(spent)} of CPU (${((1000 * spent) / sockets).toFixed(0)} us each)`);
      tellMemory('idle', sockets, pid, before);
      const pings = () => open.reduce((sum, socket) => sum + socket.pings, 0);
      const [from, at] = [pings(), cpuMs(pid)];
      await sleep(30000);
      const [answered, used] = [pings() - from, cpuMs(pid) - at];
      console.log(`  30 s of pings: ${answered} answered, ${ms(used)} of CPU (${(used / 300).toFixed(2)} % of a core, ${((1000 * used) / answered).toFixed(1)} us each)`);
      tellMemory('idle, after pings', sockets, pid, before);
      const meetings = await inTurns(Math.ceil(sockets / 10), 10, () => createMeeting(server));
      await inTurns(sockets, 50, (i) => joinMeeting(open[i], meetings[Math.floor(i / 10)]));
      tellMemory('joined, ten a meeting', sockets, pid, before);
      for (const socket of open) socket.close();
    }),

  // The same over TLS.
  tls: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kcs-meet-tls-'));
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => join(directory, name));
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // it signed itself
    try {
      await withServer(
        async (server, pid) => {
          const before = { rss: residentBytes(pid), kernel: kernelBytes() };
          const cpu = cpuMs(pid);
          const open = await openSockets(server, members);
          console.log(`  ${members} sockets opened: ${((1000 * (cpuMs(pid) - cpu)) / members).toFixed(0)} us of CPU each`);
          tellMemory('idle, over TLS', members, pid, before);
          for (const socket of open) socket.close();
        },
        { TLS_CERT: certificate, TLS_KEY: key },
      );
    } finally {
      rmSync(directory, { recursive: true });
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  },

  // One says something, everybody hears it.
  broadcast: () =>
    withServer(async (server, pid) => {
      const meeting = await createMeeting(server);
      const open = await openSockets(server, members);
      await inTurns(members, 50, (i) => joinMeeting(open[i], meeting));
      // What is still on its way from the joins must not be taken for the broadcast.
      await heardOfAll(open);
      const [times, spent] = [[], []];
      let missing = 0;
      let done;
      for (const socket of open) {
        socket.onMessage = () => {
          if (--missing === 0) done();
        };
      }
      for (let i = 0; i < 50; ++i) {
        missing = members;
        for (const socket of open) socket.received = 0;
        const all = new Promise((resolve) => (done = resolve));
        const cpu = cpuMs(pid);
        const started = performance.now();
        open[0].emit('send-reaction', { meetingId: meeting.id, reaction: 'hello' });
        await all;
        times.push(performance.now() - started);
        await sleep(20);
        spent.push(cpuMs(pid) - cpu);
        if (!open.every((socket) => socket.received === 1)) throw new Error('not everybody has it once');
      }
      console.log(`  to ${members} members: median ${ms(median(times))}, min ${ms(Math.min(...times))}, max ${ms(max(times))} until the last has it`);
      console.log(`  server's CPU: median ${ms(median(spent))}, min ${ms(Math.min(...spent))} (${((1000 * median(spent)) / members).toFixed(2)} us a member)`);
      for (const socket of open) socket.close();
    }),

  // Everybody comes, and all who are there hear of it.
  join: async () => {
    for (const width of [1, members]) {
      await withServer(async (server, pid) => {
        const meeting = await createMeeting(server);
        const open = await openSockets(server, members);
        const [cpu, started] = [cpuMs(pid), performance.now()];
        await inTurns(members, width, (i) => joinMeeting(open[i], meeting));
        await heardOfAll(open);
        const [took, used] = [performance.now() - started, cpuMs(pid) - cpu];
        console.log(`  ${members} join ${width === 1 ? 'one after another' : 'all at once'}: ${ms(used)} of the server's CPU in ${ms(took)} (${(used / members).toFixed(2)} ms each)`);
        for (const socket of open) socket.close();
      });
    }
  },
};

for (const [name, run] of Object.entries(scenarios)) {
  if (!name.includes(chosen)) continue;
  for (let round = 0; round < rounds; ++round) {
    console.log(`${name}, round ${round + 1} of ${rounds}`);
    await run();
  }
}
