// Starts the echo server of examples/ on a free port, one for each test file.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

function findBinary() {
  const candidates = [
    process.env.KCS_SOCKETIO_ECHO,
    ...["release", "dev", "asan", "tsan"].map((preset) => join(root, "build", preset, "examples/socketio_echo")),
  ];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error("build the target socketio_echo first, or set KCS_SOCKETIO_ECHO to it");
  return found;
}

export async function startServer(...flags) {
  const child = spawn(findBinary(), ["--port", "0", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise((resolve, reject) => {
    lines.once("line", (line) => resolve(Number(line.split(" ").at(-1))));
    child.once("exit", (code) => reject(new Error(`the echo server ended with ${code}`)));
  });
  return {
    port,
    http: `http://127.0.0.1:${port}`,
    ws: `ws://127.0.0.1:${port}`,
    // Resolves to the exit code: leaks found by a sanitizer make it non-zero.
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        child.once("exit", (code, signal) => resolve(signal ?? code));
        child.kill("SIGTERM");
      }),
  };
}
