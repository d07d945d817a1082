// A UDP relay between browsers and the server's media port that stands in for a network: each direction loses packets at
// random (by seed), and lets no more through than its capacity, behind a queue that drops what does not fit.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

// mulberry32: small, and the same numbers everywhere.
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// One direction of everybody's path. `set` changes it while packets are under way.
class Link {
  passed = 0;
  bytes = 0; // that were let in
  lost = 0;
  overflowed = 0;
  longestQueue = 0; // ms
  #freeAt = 0;
  #waiting = [];
  #timer = null;

  constructor({ seed, ...settings }) {
    this.chance = random(seed);
    this.settings = { loss: 0, bps: Infinity, delay: 0, queue: 300, ...settings };
  }

  set(settings) {
    Object.assign(this.settings, settings);
  }

  // What waits before it, in ms.
  get queue() {
    return Math.max(0, this.#freeAt - performance.now());
  }

  send(data, deliver) {
    const { loss, bps, delay, queue } = this.settings;
    const now = performance.now();
    if (this.chance() < loss) {
      this.lost += 1;
      return;
    }
    const wait = Math.max(0, this.#freeAt - now);
    if (wait > queue) {
      this.overflowed += 1;
      return;
    }
    this.longestQueue = Math.max(this.longestQueue, wait);
    this.#freeAt = now + wait + (data.length * 8000) / bps;
    this.passed += 1;
    this.bytes += data.length;
    const at = this.#freeAt + delay;
    if (at - now < 0.5 && this.#waiting.length === 0) deliver();
    else this.#waiting.push({ at, deliver });
    this.#arm();
  }

  #arm() {
    if (this.#timer || this.#waiting.length === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        const now = performance.now();
        while (this.#waiting.length > 0 && this.#waiting[0].at <= now + 0.5) this.#waiting.shift().deliver();
        this.#arm();
      },
      Math.max(0, this.#waiting[0].at - performance.now()),
    );
  }

  end() {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }
}

export class Relay {
  // `up` (from browsers to the server) and `down`: { loss (fraction), bps, delay (ms, one way), queue (ms) }.
  static async start(serverPort, { up = {}, down = {}, seed = 1 }) {
    const relay = new Relay();
    relay.up = new Link({ ...up, seed });
    relay.down = new Link({ ...down, seed: seed + 1 });
    relay.upstream = new Map(); // "address:port" of a browser -> its socket towards the server
    relay.front = createSocket({ type: 'udp4', recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 });
    relay.front.on('message', (data, from) => {
      const key = `${from.address}:${from.port}`;
      let socket = relay.upstream.get(key);
      if (!socket) {
        socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
        socket.on('message', (answer) =>
          relay.down.send(answer, () => relay.front.send(answer, from.port, from.address)));
        relay.upstream.set(key, socket);
      }
      relay.up.send(data, () => socket.send(data, serverPort, '127.0.0.1'));
    });
    relay.front.bind(0, '127.0.0.1');
    await once(relay.front, 'listening');
    relay.port = relay.front.address().port;
    return relay;
  }

  end() {
    this.up.end();
    this.down.end();
    this.front.close();
    for (const socket of this.upstream.values()) socket.close();
  }
}
