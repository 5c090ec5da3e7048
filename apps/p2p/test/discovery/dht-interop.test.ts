// The DHT (BEP 5) together with the nodes that other programs bring: each finds the other's peer.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, killRunning, needs, TestProcess } from "@socketlab/core/test-kit";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { openDht } from "../../src/discovery/dht.ts";
import type { Dht } from "../../src/discovery/discovery.ts";

const infoHash = new Uint8Array(20).fill(7);
const hex = Buffer.from(infoHash).toString("hex");
let folder: string;
let nodes: Dht[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "socketlab-dht-"));
  nodes = [await openDht({ host: "127.0.0.1", port: 0, bootstrap: [] })];
  const entrance = { host: "127.0.0.1", port: nodes[0]!.port };
  for (let n = 2; n < 6; n++)
    nodes.push(await openDht({ host: `127.0.0.${n}`, port: 0, bootstrap: [entrance] }));
});
afterEach(async () => {
  for (const node of nodes) await node.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(killRunning);

/** A peer that we announce is dialled by the other side, and the other side's is found by us. */
async function findEachOther(other: TestProcess, theirs: () => string): Promise<void> {
  const dialled = Promise.withResolvers<void>();
  const server = createServer((socket) => (socket.on("error", () => {}).destroy(), dialled.resolve()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.2", resolve));
  nodes[1]!.announce(infoHash, (server.address() as AddressInfo).port);
  const found = new Set<string>();
  nodes[4]!.onPeer((_, { host, port }) => found.add(`${host}:${port}`));
  await expect
    .poll(() => nodes[4]!.lookup(infoHash).then(() => [...found]), { timeout: 40_000, interval: 500 })
    .toContain(theirs());
  await dialled.promise;
  server.close();
  other.child.kill("SIGKILL");
  await other.ended;
}

test(
  "libtorrent's node finds our peer through ours, and we find its",
  needs("python libtorrent"),
  async () => {
    const script = fileURLToPath(new URL("libtorrent-dht.py", import.meta.url));
    const args = [script, "127.0.0.200", `127.0.0.1:${nodes[0]!.port}`, hex, folder];
    const other = new TestProcess(spawn("/usr/bin/python3", args));
    await expect.poll(() => other.stdout, { timeout: 20_000 }).toMatch(/^\d+\n/u);
    await findEachOther(other, () => `127.0.0.200:${other.stdout.trim()}`);
  },
);

test("aria2's node finds our peer through ours, and we find its", needs("aria2"), async () => {
  const [port, dhtPort] = [await freePort(), await freePort()];
  const other = new TestProcess(
    spawn("aria2c", [
      "--no-conf",
      "--interface=127.0.0.1",
      "--enable-dht=true",
      `--dht-listen-port=${dhtPort}`,
      `--dht-entry-point=127.0.0.1:${nodes[0]!.port}`,
      `--dht-file-path=${join(folder, "dht.dat")}`,
      `--listen-port=${port}`,
      `--dir=${folder}`,
      `magnet:?xt=urn:btih:${hex}`,
    ]),
  );
  await findEachOther(other, () => `127.0.0.1:${port}`);
});
