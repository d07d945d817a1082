// A Janus of its own for bench/meetings: Debian's package, one videoroom, a UNIX socket, a temporary directory.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// Janus offers no loopback addresses; what is sent to another one of this machine goes over loopback all the same.
function ownAddress() {
  const all = Object.values(networkInterfaces()).flat();
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

// Where the package has put its modules: plugins/ and transports/ in there.
async function modules() {
  const { stdout } = await run('dpkg', ['-L', 'janus']);
  return stdout.split('\n').find((path) => path.endsWith('/janus/plugins')).replace(/\/plugins$/, '');
}

// All modules of a folder but one, as Janus wants them listed.
async function allBut(folder, wanted) {
  const files = await readdir(folder);
  return files.filter((file) => file.endsWith('.so') && file !== wanted).join(',');
}

export class Janus {
  // What keeps it from running on this machine, if anything does.
  static async missing() {
    try {
      await run('dpkg', ['-s', 'janus']);
    } catch {
      return 'the package janus is not installed';
    }
    return ownAddress() ? undefined : 'Janus needs an IPv4 address other than 127.0.0.1, and this machine has none';
  }

  static async version() {
    return (await run('dpkg-query', ['-W', '-f', '${Version}', 'janus'])).stdout;
  }

  // `eventLoops`: threads that all participants share; without it each has its own, as is Janus's default.
  static async start({ eventLoops } = {}) {
    const janus = new Janus();
    janus.directory = await mkdtemp(join(tmpdir(), 'kcs-janus-'));
    janus.socket = join(janus.directory, 'api');
    const installed = await modules();
    const files = {
      'janus.jcfg': `
        general: { debug_level = 4 ${eventLoops ? `event_loops = ${eventLoops}` : ''} }
        nat: { ice_lite = true, ice_enforce_list = "${ownAddress()}" }
        media: { ipv6 = false }
        plugins: { disable = "${await allBut(join(installed, 'plugins'), 'libjanus_videoroom.so')}" }
        transports: { disable = "${await allBut(join(installed, 'transports'), 'libjanus_pfunix.so')}" }`,
      'janus.transport.pfunix.jcfg': `
        general: { enabled = true, json = "compact", path = "${janus.socket}", type = "SOCK_SEQPACKET" }`,
      'janus.plugin.videoroom.jcfg': `
        room-1: { description = "bench", publishers = 1, bitrate = 0, videocodec = "vp8" }`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(janus.directory, name), text);
    // Its thread for the socket sometimes ends at once, when it runs before the module has noted that it is ready
    // (1.1.2): then the whole process ends, too.
    for (let attempt = 1; ; ++attempt) {
      try {
        await janus.launch();
        return janus;
      } catch (error) {
        if (attempt === 5) throw error;
        await rm(janus.socket, { force: true });
      }
    }
  }

  async launch() {
    this.log = '';
    this.process = spawn('janus', ['-F', this.directory], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (data) => (this.log += data));
    }
    const failed = new Promise((_, reject) => {
      this.process.on('error', reject);
      this.process.on('exit', (code) => reject(new Error(`janus ended with ${code}:\n${this.log}`)));
    });
    failed.catch(() => {});
    await Promise.race([this.listens(), failed]);
  }

  // The socket is there before its module is ready; that says the log.
  async listens() {
    const deadline = Date.now() + 20000;
    const ready = () =>
      existsSync(this.socket) &&
      /Unix Sockets transport plugin initialized/.test(this.log) &&
      /Unix Sockets thread started/.test(this.log) &&
      !/Unix Sockets thread ended/.test(this.log);
    while (!ready()) {
      if (Date.now() > deadline) throw new Error(`janus does not listen:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get pid() {
    return this.process.pid;
  }

  async end() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL'); // it takes its time otherwise, and has nothing to lose
      await once(this.process, 'exit');
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}
