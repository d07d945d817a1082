// The same server with a certificate: https polling, wss, and the upgrade from one to the other.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { io } from "socket.io-client";
import { startServer } from "./server.js";

describe("over TLS", { timeout: 60_000 }, () => {
  let directory, server;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "kcs-tls-"));
    const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(directory, name));
    execFileSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"],
      ...["-subj", "/CN=localhost", "-keyout", key, "-out", cert],
    ], { stdio: "ignore" });
    server = await startServer("--tls-cert", cert, "--tls-key", key);
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    assert.equal(await server.stop(), 0);
  });

  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    it("echoes by " + transports.join(", then "), async () => {
      const socket = io(`https://127.0.0.1:${server.port}`, { transports, forceNew: true, rejectUnauthorized: false });
      if (transports.length > 1) await new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
      const large = "x".repeat(300_000);
      assert.equal(await socket.emitWithAck("message-with-ack", large), large);
      assert.deepEqual(Buffer.from(await socket.emitWithAck("message-with-ack", Buffer.alloc(70_000, 7))), Buffer.alloc(70_000, 7));
      socket.disconnect();
    });
  }
});
