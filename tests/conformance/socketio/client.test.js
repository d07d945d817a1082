// The real socket.io-client against our server, over each of its ways to connect.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { io } from "socket.io-client";
import { startServer } from "./server.js";

const once = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));

const modes = [
  { name: "websocket only", transports: ["websocket"] },
  { name: "polling only", transports: ["polling"], upgrade: false },
  { name: "polling, then upgrade", transports: ["polling", "websocket"] },
];

for (const { name, ...options } of modes) {
  describe(name, { timeout: 60_000 }, () => {
    let server;
    const open = [];
    const connect = (path = "/", more = {}) => {
      const socket = io(server.http + path, { ...options, forceNew: true, reconnection: false, ...more });
      open.push(socket);
      return socket;
    };

    before(async () => {
      server = await startServer("--max-payload", "100000");
    });
    after(async () => {
      for (const socket of open) socket.disconnect();
      assert.equal(await server.stop(), 0);
    });

    it("connects and hands over the auth payload", async () => {
      const socket = connect("/", { auth: { token: "123" } });
      const [auth] = await once(socket, "auth");
      assert.deepEqual(auth, { token: "123" });
      assert.equal(socket.connected, true);
      assert.notEqual(socket.id, socket.io.engine.id);
    });

    if (options.upgrade !== false && options.transports.length > 1) {
      it("upgrades, and loses nothing on the way", async () => {
        const socket = connect();
        const upgraded = new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
        const received = [];
        socket.on("message-back", (n) => received.push(n));
        await once(socket, "auth");
        for (let n = 0; n < 200; n++) {
          socket.emit("message", n);
          if (n % 10 === 0) await new Promise(setImmediate);
        }
        assert.equal((await upgraded).name, "websocket");
        await socket.emitWithAck("message-with-ack");
        assert.deepEqual(received, [...Array(200).keys()]);
      });
    }

    it("echoes arguments of every kind", async () => {
      const socket = connect();
      const args = [1, -1.5, "two", null, true, { three: [3, { four: 4 }] }, "ünïcödé 🎉\u0000", [], {}];
      socket.emit("message", ...args);
      assert.deepEqual(await once(socket, "message-back"), args);
    });

    it("echoes binary arguments, nested too", async () => {
      const socket = connect();
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      socket.emit("message", bytes, { deep: [Buffer.from([1, 2, 3])] }, "text");
      const [first, second, third] = await once(socket, "message-back");
      assert.deepEqual(Buffer.from(first), bytes);
      assert.deepEqual(Buffer.from(second.deep[0]), Buffer.from([1, 2, 3]));
      assert.equal(third, "text");
    });

    it("acknowledges, with binary as well", async () => {
      const socket = connect();
      assert.equal(await socket.emitWithAck("message-with-ack", "a"), "a");
      const answer = await socket.emitWithAck("message-with-ack", Buffer.from([9]));
      assert.deepEqual(Buffer.from(answer), Buffer.from([9]));
    });

    it("is acknowledged by the client", async () => {
      const socket = connect();
      socket.on("question", (argument, answer) => answer("answer to " + argument));
      socket.emit("ask-me", "question");
      assert.deepEqual(await once(socket, "answered"), ["answer to question"]);
    });

    it("serves two namespaces over one connection", async () => {
      const main = connect();
      await once(main, "auth");
      const custom = main.io.socket("/custom");
      open.push(custom);
      await once(custom, "auth");
      custom.emit("message", "to custom");
      assert.deepEqual(await once(custom, "message-back"), ["to custom"]);
      custom.disconnect();
      main.emit("message", "to main");
      assert.deepEqual(await once(main, "message-back"), ["to main"]);
    });

    it("refuses unknown namespaces", async () => {
      const [error] = await once(connect("/unknown"), "connect_error");
      assert.equal(error.message, "Invalid namespace");
    });

    it("refuses with the middleware's message and data, and lets in later", async () => {
      const socket = connect("/guarded", { auth: { token: "let me in" } });
      const [error] = await once(socket, "connect_error");
      assert.equal(error.message, "not allowed");
      assert.deepEqual(error.data, { code: "unauthorized" });
      socket.auth = { token: "please" };
      socket.connect();
      await once(socket, "auth");
    });

    it("broadcasts to a room, without the sender", async () => {
      const [a, b, outside] = [connect(), connect(), connect()];
      await Promise.all([a, b, outside].map((socket) => once(socket, "auth")));
      for (const socket of [a, b]) await socket.emitWithAck("join", "room");
      const unexpected = [];
      for (const socket of [a, outside]) socket.on("broadcasted", (n) => unexpected.push(n));
      const arrived = once(b, "broadcasted");
      a.emit("broadcast", "news", Buffer.from([7]));
      const [text, bytes] = await arrived;
      assert.equal(text, "news");
      assert.deepEqual(Buffer.from(bytes), Buffer.from([7]));
      for (const socket of [a, outside]) await socket.emitWithAck("message-with-ack");
      assert.deepEqual(unexpected, []);
    });

    it("disconnects from the namespace, or closes the connection", async () => {
      const left = connect();
      await once(left, "auth");
      left.emit("leave");
      assert.equal((await once(left, "disconnect"))[0], "io server disconnect");
      const kicked = connect();
      await once(kicked, "auth");
      const closed = once(kicked.io, "close");
      kicked.emit("kick");
      assert.equal((await once(kicked, "disconnect"))[0], "io server disconnect");
      await closed;
    });

    it("connects again on the same manager after a disconnect", async () => {
      const socket = connect();
      await once(socket, "auth");
      socket.disconnect();
      socket.connect();
      await once(socket, "auth");
    });

    it("reconnects by itself when the connection is lost", async () => {
      const socket = connect("/", { reconnection: true, reconnectionDelay: 10 });
      await once(socket, "auth");
      const first = socket.id;
      socket.io.engine.close();
      await once(socket, "auth");
      assert.notEqual(socket.id, first);
    });

    it("takes payloads up to the announced size", async () => {
      const socket = connect();
      const large = "x".repeat(99_000);
      assert.equal(await socket.emitWithAck("message-with-ack", large), large);
    });

    it("closes the session on larger ones", async () => {
      const socket = connect();
      await once(socket, "auth");
      if (socket.io.engine.transport.name === "polling" && options.upgrade !== false) {
        await once(socket.io.engine, "upgrade");
      }
      socket.emit("message", "x".repeat(101_000));
      await once(socket, "disconnect");
    });

    it("keeps the order of many messages both ways", async () => {
      const socket = connect();
      await once(socket, "auth");
      const received = [];
      socket.on("message-back", (n) => received.push(n));
      for (let n = 0; n < 1000; n++) socket.emit("message", n);
      await socket.emitWithAck("message-with-ack");
      assert.deepEqual(received, [...Array(1000).keys()]);
    });

    it("survives half an emoji", async () => {
      const socket = connect();
      socket.emit("message", "cut \ud83d");
      assert.deepEqual(await once(socket, "message-back"), ["cut \ufffd"]);
    });
  });
}
