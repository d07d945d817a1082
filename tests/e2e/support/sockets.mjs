// Thousands of Socket.IO connections from one process: WebSocket frames by hand, with as little work for each message as
// possible, so that what is measured is the server.
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

// What one read may take; all sockets share it, since it is emptied before the next read.
const chunk = Buffer.alloc(256 * 1024);
const ping = '2'.charCodeAt(0);
const message = '4'.charCodeAt(0);

// One masked text frame of a client. A mask of zeros leaves the text as it is.
function frame(text) {
  const payload = Buffer.from(text);
  if (payload.length >= 65536) throw new Error('too long for this client');
  const short = payload.length < 126;
  const head = Buffer.alloc(short ? 6 : 8);
  head[0] = 0x81;
  head[1] = 0x80 | (short ? payload.length : 126);
  if (!short) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
const pong = frame('3');

// As a browser sends it: what the server keeps of it costs memory.
const opening = (host) =>
  [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    `Host: ${host}`,
    'Connection: Upgrade',
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Upgrade: websocket',
    `Origin: http://${host}`,
    'Sec-WebSocket-Version: 13',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-US,en;q=0.9',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    '\r\n',
  ].join('\r\n');

export class RawSocket {
  // Resolves once Socket.IO has let the token's owner in.
  static async open(server, token) {
    const socket = new RawSocket();
    await new Promise((resolve, reject) => {
      socket.entered = resolve;
      socket.failed = reject;
      socket.start(server, token);
    });
    return socket;
  }

  received = 0; // messages, without answers to requests
  pings = 0;
  onMessage = null; // called with nothing for each of them
  #rest = null;
  #upgraded = false;
  #answers = new Map();
  #lastRequest = 0;

  start({ port, secure }, token) {
    this.connect = frame(`40${JSON.stringify({ token })}`);
    const where = { port, host: '127.0.0.1', noDelay: true };
    if (secure) {
      this.tcp = connectTls({ ...where, rejectUnauthorized: false });
      this.tcp.on('data', (bytes) => this.#read(bytes.copy(chunk)));
    } else {
      this.tcp = connect({ ...where, onread: { buffer: chunk, callback: (length) => this.#read(length) } });
    }
    this.tcp.write(opening(`127.0.0.1:${port}`));
    this.tcp.on('error', (error) => this.#end(error));
    this.tcp.on('close', () => this.#end(new Error('the server closed the connection')));
  }

  #end(error) {
    this.failed(error);
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
  }

  #read(length) {
    let bytes = chunk.subarray(0, length);
    if (this.#rest) bytes = Buffer.concat([this.#rest, bytes]);
    let at = 0;
    if (!this.#upgraded) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return this.#keep(bytes, 0);
      if (!bytes.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) return this.tcp.destroy();
      this.#upgraded = true;
      this.tcp.write(this.connect);
      at = end + 4;
    }
    while (bytes.length - at >= 2) {
      let head = 2;
      let size = bytes[at + 1];
      if (size === 126) {
        head = 4;
        if (bytes.length - at < head) break;
        size = bytes.readUInt16BE(at + 2);
      } else if (size === 127) {
        head = 10;
        if (bytes.length - at < head) break;
        size = Number(bytes.readBigUInt64BE(at + 2));
      }
      if (bytes.length - at < head + size) break;
      this.#take(bytes, at + head, size);
      at += head + size;
    }
    return this.#keep(bytes, at);
  }

  #keep(bytes, at) {
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : null;
    return true;
  }

  #take(bytes, at, size) {
    if (bytes[at] === ping) {
      ++this.pings;
      this.tcp.write(pong);
    } else if (bytes[at] === message) {
      const type = bytes[at + 1] - 48;
      if (type === 2) {
        ++this.received;
        this.onMessage?.();
      } else if (type === 3) {
        this.#answer(bytes.toString('utf8', at + 2, at + size));
      } else if (type === 0) {
        this.entered();
      } else {
        this.#end(new Error(bytes.toString('utf8', at, at + size)));
      }
    }
  }

  #answer(text) {
    const array = text.indexOf('[');
    const id = Number(text.slice(0, array));
    const { resolve, reject } = this.#answers.get(id);
    this.#answers.delete(id);
    // Long answers (who is there) are not parsed: that they are good is enough.
    if (text.startsWith('[{"ok":true', array)) resolve();
    else reject(new Error(text));
  }

  emit(event, payload) {
    this.tcp.write(frame(`42${JSON.stringify([event, payload])}`));
  }

  // Resolves once it is acknowledged.
  request(event, payload) {
    const id = ++this.#lastRequest;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.tcp.write(frame(`42${id}${JSON.stringify([event, payload])}`));
    });
  }

  close() {
    this.tcp.destroy();
  }
}

// `count` things that take time, `width` of them at a time.
export async function inTurns(count, width, make) {
  const results = new Array(count);
  let next = 0;
  const run = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await make(index);
    }
  };
  await Promise.all(Array.from({ length: width }, run));
  return results;
}

// Sockets of so many users.
export const openSockets = (server, count, prefix = 'user') =>
  inTurns(count, 50, (i) => RawSocket.open(server, server.token(`${prefix}-${i}`, { name: `Participant ${i}` })));

// Bytes of a process that are in memory.
export const residentBytes = (pid) => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

// Milliseconds that all its threads have run for.
export function cpuMs(pid) {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1e6;
}

// Resolves once it holds; says how things are if that takes too long.
export async function eventually(holds, state, timeout = 20000) {
  const deadline = Date.now() + timeout;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(state());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
