// What travels on the wire: the behaviours that the protocol documents demand of a server, without a client library.
import assert from "node:assert/strict";
import { connect as tcpConnect } from "node:net";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { startServer } from "./server.js";

const PING_INTERVAL = 300;
const PING_TIMEOUT = 200;
let server;

before(async () => {
  server = await startServer(
    ...["--ping-interval", String(PING_INTERVAL), "--ping-timeout", String(PING_TIMEOUT)],
    ...["--connect-timeout", "1000", "--max-payload", "1000", "--cors-origin", "https://app.example"],
  );
});
after(async () => assert.equal(await server.stop(), 0));

// A WebSocket whose messages can be awaited one by one; pings are left out unless asked for.
class Wire {
  constructor(path, { pings = false } = {}) {
    this.socket = new WebSocket(server.ws + path);
    this.socket.binaryType = "nodebuffer";
    this.queue = [];
    this.waiting = [];
    this.socket.on("error", () => {});
    this.socket.on("message", (data, binary) => {
      const message = binary ? data : data.toString();
      if (message === "2" && !pings) return this.socket.send("3");
      this.waiting.length ? this.waiting.shift()(message) : this.queue.push(message);
    });
    this.closed = new Promise((resolve) => this.socket.once("close", resolve));
    this.opened = new Promise((resolve) => this.socket.once("open", resolve));
  }
  next() {
    if (this.queue.length) return Promise.resolve(this.queue.shift());
    return new Promise((resolve) => this.waiting.push(resolve));
  }
  send(message) {
    this.socket.send(message);
  }
  close() {
    this.socket.close();
  }
}

for (const base of ["/engine.io/", "/socket.io/"]) {
  describe(`Engine.IO under ${base}`, { timeout: 60_000 }, () => {
    const poll = (sid, more = "") => fetch(`${server.http}${base}?EIO=4&transport=polling${sid ? "&sid=" + sid : ""}${more}`);
    const post = (sid, body) => fetch(`${server.http}${base}?EIO=4&transport=polling&sid=${sid}`, { method: "POST", body });
    const openPolling = async () => JSON.parse((await (await poll()).text()).slice(1)).sid;

    it("opens by polling and by WebSocket", async () => {
      const hello = JSON.parse((await (await poll()).text()).slice(1));
      assert.deepEqual(Object.keys(hello).sort(), ["maxPayload", "pingInterval", "pingTimeout", "sid", "upgrades"]);
      assert.deepEqual(hello.upgrades, ["websocket"]);
      assert.equal(hello.pingInterval, PING_INTERVAL);
      assert.equal(hello.maxPayload, 1000);
      const wire = new Wire(base + "?EIO=4&transport=websocket");
      assert.deepEqual(JSON.parse((await wire.next()).slice(1)).upgrades, []);
      wire.close();
    });

    it("names the errors of a handshake", async () => {
      const cases = [
        ["GET", "?EIO=4", 0],
        ["GET", "?EIO=4&transport=abc", 0],
        ["GET", "?EIO=4&transport=polling&sid=nobody", 1],
        ["POST", "?EIO=4&transport=polling", 2],
        ["PUT", "?EIO=4&transport=polling", 2],
        ["GET", "?EIO=4&transport=websocket", 3],
        ["GET", "?EIO=3&transport=polling", 5],
        ["GET", "?transport=polling", 5],
      ];
      for (const [method, query, code] of cases) {
        const response = await fetch(server.http + base + query, { method });
        assert.equal(response.status, 400, query);
        assert.equal((await response.json()).code, code, query);
      }
      for (const query of ["?EIO=4", "?EIO=abc&transport=websocket", "?transport=websocket"]) {
        await new Wire(base + query).closed;
      }
    });

    it("pings, and closes when nobody answers", async () => {
      const wire = new Wire(base + "?EIO=4&transport=websocket", { pings: true });
      await wire.next();
      assert.equal(await wire.next(), "2");
      const pinged = performance.now();
      await wire.closed;
      assert.ok(performance.now() - pinged >= PING_TIMEOUT - 20);
      const sid = await openPolling();
      await new Promise((resolve) => setTimeout(resolve, PING_INTERVAL + PING_TIMEOUT));
      assert.equal((await poll(sid)).status, 400);
    });

    it("ends a second poll and the first", async () => {
      const sid = await openPolling();
      const first = poll(sid);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal((await poll(sid, "&again")).status, 400);
      assert.equal(await (await first).text(), "1");
      assert.equal((await poll(sid)).status, 400);
    });

    it("closes when a poll is cancelled", async () => {
      const sid = await openPolling();
      const controller = new AbortController();
      const cancelled = fetch(`${server.http}${base}?EIO=4&transport=polling&sid=${sid}`, { signal: controller.signal });
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort();
      await assert.rejects(cancelled);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal((await poll(sid)).status, 400);
    });

    it("closes when the client says so", async () => {
      const sid = await openPolling();
      const pending = poll(sid);
      assert.equal(await (await post(sid, "1")).text(), "ok");
      assert.equal(await (await pending).text(), "6");
      assert.equal((await poll(sid)).status, 400);
      const wire = new Wire(base + "?EIO=4&transport=websocket");
      await wire.next();
      wire.send("1");
      await wire.closed;
    });

    it("closes on malformed and on oversized packets", async () => {
      for (const [body, status] of [["abc", 400], ["4" + "x".repeat(1000), 413]]) {
        const sid = await openPolling();
        assert.equal((await post(sid, body)).status, status);
        assert.equal((await poll(sid)).status, 400);
        const wire = new Wire(base + "?EIO=4&transport=websocket");
        await wire.next();
        wire.send(body);
        await wire.closed;
      }
    });

    it("upgrades once", async () => {
      const sid = await openPolling();
      const wire = new Wire(`${base}?EIO=4&transport=websocket&sid=${sid}`);
      await wire.opened;
      wire.send("2probe");
      assert.equal(await wire.next(), "3probe");
      assert.equal(await (await poll(sid)).text(), "6");
      wire.send("5");
      assert.equal((await poll(sid)).status, 400);
      const second = new Wire(`${base}?EIO=4&transport=websocket&sid=${sid}`);
      await second.closed;
      assert.equal(wire.socket.readyState, WebSocket.OPEN);
      wire.close();
    });

    it("answers cross-origin requests of configured origins, errors too", async () => {
      const headers = { Origin: "https://app.example" };
      for (const query of ["?EIO=4&transport=polling", "?EIO=4"]) {
        const response = await fetch(server.http + base + query, { headers });
        assert.equal(response.headers.get("access-control-allow-origin"), "https://app.example");
        assert.equal(response.headers.get("access-control-allow-credentials"), "true");
      }
      const preflight = await fetch(server.http + base, {
        method: "OPTIONS",
        headers: { ...headers, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-a" },
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get("access-control-allow-headers"), "x-a");
      const other = await fetch(server.http + base + "?EIO=4", { headers: { Origin: "https://evil.example" } });
      assert.equal(other.headers.get("access-control-allow-origin"), null);
    });
  });
}

describe("Engine.IO messages", { timeout: 60_000 }, () => {
  const url = () => `${server.http}/engine.io/?EIO=4&transport=polling`;
  it("echoes payloads of text and binary packets", async () => {
    const sid = JSON.parse((await (await fetch(url())).text()).slice(1)).sid;
    const payload = "4test1\x1e4test2\x1ebAQIDBA==";
    await fetch(`${url()}&sid=${sid}`, { method: "POST", body: payload });
    assert.equal(await (await fetch(`${url()}&sid=${sid}`)).text(), payload);
  });

  it("echoes text and binary frames", async () => {
    const wire = new Wire("/engine.io/?EIO=4&transport=websocket");
    await wire.next();
    wire.send("4hello");
    assert.equal(await wire.next(), "4hello");
    wire.send(Buffer.from([1, 2, 3, 4]));
    assert.deepEqual(await wire.next(), Buffer.from([1, 2, 3, 4]));
    wire.close();
  });
});

describe("Socket.IO packets", { timeout: 60_000 }, () => {
  const open = async () => {
    const wire = new Wire("/socket.io/?EIO=4&transport=websocket");
    await wire.next();
    return wire;
  };
  const connected = async () => {
    const wire = await open();
    wire.send("40");
    await wire.next();
    await wire.next();
    return wire;
  };

  it("connect to namespaces with and without a payload", async () => {
    for (const [packet, prefix, auth] of [
      ["40", "40{", '42["auth",{}]'],
      ['40{"token":"123"}', "40{", '42["auth",{"token":"123"}]'],
      ["40/custom,", "40/custom,{", '42/custom,["auth",{}]'],
      ["40/custom", "40/custom,{", '42/custom,["auth",{}]'],
    ]) {
      const wire = await open();
      wire.send(packet);
      const answer = await wire.next();
      assert.ok(answer.startsWith(prefix), answer);
      assert.deepEqual(Object.keys(JSON.parse(answer.slice(prefix.length - 1))), ["sid"]);
      assert.equal(await wire.next(), auth);
      wire.close();
    }
  });

  it("are refused for unknown namespaces", async () => {
    const wire = await open();
    wire.send("40/random");
    assert.equal(await wire.next(), '44/random,{"message":"Invalid namespace"}');
    wire.close();
  });

  it("carry events, acknowledgements and attachments", async () => {
    const wire = await connected();
    wire.send('42["message",1,"2",{"3":[true]}]');
    assert.equal(await wire.next(), '42["message-back",1,"2",{"3":[true]}]');
    wire.send('42456["message-with-ack",1,"2",{"3":[false]}]');
    assert.equal(await wire.next(), '43456[1,"2",{"3":[false]}]');
    wire.send('452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    wire.send(Buffer.from([1, 2, 3]));
    wire.send(Buffer.from([4, 5, 6]));
    assert.equal(await wire.next(), '462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    assert.deepEqual(await wire.next(), Buffer.from([1, 2, 3]));
    assert.deepEqual(await wire.next(), Buffer.from([4, 5, 6]));
    wire.close();
  });

  it("leave one namespace and stay in the other", async () => {
    const wire = await connected();
    wire.send("40/custom");
    await wire.next();
    await wire.next();
    wire.send("41/custom");
    wire.send('42["message","still here"]');
    assert.equal(await wire.next(), '42["message-back","still here"]');
    wire.close();
  });

  it("close the session when they are malformed", async () => {
    for (const packet of ["4abc", "42{}", '42abc["message-with-ack",1]', '42["connect"]', "4", '451-["e",{"_placeholder":true,"num":1}]']) {
      const wire = await connected();
      wire.send(packet);
      await wire.closed;
    }
  });

  it("must begin with a CONNECT, and soon", async () => {
    const wire = await open();
    const started = performance.now();
    await wire.closed;
    assert.ok(performance.now() - started >= 900);
  });
});

describe("malformed HTTP", { timeout: 60_000 }, () => {
  const ask = (text) =>
    new Promise((resolve) => {
      let answer = "";
      const socket = tcpConnect(server.port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (data) => (answer += data));
      socket.on("close", () => resolve(answer));
      socket.on("error", () => {});
    });

  it("is answered by 400 and nothing else happens", async () => {
    for (const text of ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET %zz HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x00\x05hello"]) {
      assert.match(await ask(text), /^HTTP\/1\.1 400 Bad Request\r\n/, JSON.stringify(text));
    }
    assert.match(await ask(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.equal((await fetch(server.http + "/socket.io/?EIO=4&transport=polling")).status, 200);
  });
});
