// A UDP relay between browsers and the server's media port that loses packets at random, by seed, in each direction.
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

export class LossyRelay {
  // `loss`: fraction of the packets of each direction.
  static async start(serverPort, { loss, seed }) {
    const relay = new LossyRelay();
    relay.passed = 0;
    relay.lost = 0;
    relay.upstream = new Map(); // "address:port" of a browser -> its socket towards the server
    const next = random(seed);
    const survives = () => {
      const lost = next() < loss;
      if (lost) relay.lost += 1;
      else relay.passed += 1;
      return !lost;
    };
    relay.front = createSocket({ type: 'udp4', recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 });
    relay.front.on('message', (data, from) => {
      const key = `${from.address}:${from.port}`;
      let socket = relay.upstream.get(key);
      if (!socket) {
        socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
        socket.on('message', (answer) => {
          if (survives()) relay.front.send(answer, from.port, from.address);
        });
        relay.upstream.set(key, socket);
      }
      if (survives()) socket.send(data, serverPort, '127.0.0.1');
    });
    relay.front.bind(0, '127.0.0.1');
    await once(relay.front, 'listening');
    relay.port = relay.front.address().port;
    return relay;
  }

  end() {
    this.front.close();
    for (const socket of this.upstream.values()) socket.close();
  }
}
