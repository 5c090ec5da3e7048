// A network that is gone in the middle of an upload, with nobody told, and comes back. To be run in a network of its own.
// Prints for how long the name was still taken, in seconds. Argument: an empty folder.
import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { FileClient } from "../../file-client.ts";
import { CHUNK_BYTES } from "../../file-wire.ts";
import { FileServer } from "./processes.ts";

const GONE_MS = 25_000;
const put = {
  type: "put",
  path: "file",
  size: 40 * CHUNK_BYTES,
  mtimeMs: 0,
  mode: 0o644,
  algorithm: "sha256",
};
const turn = (state: "up" | "down"): void => {
  if (spawnSync("ip", ["link", "set", "lo", state]).status !== 0)
    throw new Error(`lo cannot be set ${state}`);
};

turn("up");
const server = await FileServer.started(process.argv[2]!);
const first = await FileClient.open(server.tcp);
first.send({ ...put, id: 1, upload: "first" });
await first.take({ type: "want" });
await delay(200);
turn("down");
const goneMs = performance.now();
await delay(GONE_MS);
turn("up");
for (;;) {
  const again = await FileClient.open(server.tcp);
  again.send({ ...put, id: 1, upload: "again" });
  const { type } = await again.take({ id: 1 });
  again.reset();
  if (type === "accepted") break;
  await delay(500);
}
console.log(((performance.now() - goneMs) / 1000).toFixed(1));
await server.kill();
process.exit(0);
