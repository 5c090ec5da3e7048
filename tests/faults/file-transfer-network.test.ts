// What networks do to a transfer: a changed byte is fetched again, alone; a break is gone on from; a silence is waited out.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { FileClient } from "../file-client.ts";
import { Command, contentOf, FileServer } from "./file-transfer/processes.ts";
import { Relay } from "./file-transfer/relay.ts";

const MIB = 1024 * 1024;
const CHUNK = MIB / 2;
const SIZE = 20 * CHUNK + 11;
const content = contentOf(7, SIZE);
/** So large that what one break may cost, 8 MiB and some, is not much of it. */
const large = contentOf(7, 60 * CHUNK + 11);
vi.setConfig({ testTimeout: 60_000 });
let folder = "";
let [here, there] = ["", ""];
let server: FileServer;
const relays: Relay[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "file-network-"));
  [here, there] = [join(folder, "here"), join(folder, "there")];
  for (const path of [here, there]) mkdirSync(path);
  server = await FileServer.started(there);
});
afterEach(async () => {
  await server.kill();
  for (const relay of relays.splice(0)) await relay.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ["put", "tcp"],
  ["put", "ws"],
  ["get", "tcp"],
  ["get", "ws"],
] as const)("%s over %s", (what, transport) => {
  const direction = what === "put" ? "up" : "down";
  const source = (): string => join(what === "put" ? here : there, "file");
  const target = (): string => join(what === "put" ? there : here, "file");
  const begin = async (bytes = content): Promise<{ relay: Relay; run: () => Command }> => {
    writeFileSync(source(), bytes);
    const relay = await Relay.to(server[transport]);
    relays.push(relay);
    const args = what === "put" ? ["put", source(), relay.url] : ["get", `${relay.url}/file`, here];
    return { relay, run: () => new Command(...args) };
  };

  test("a bit that is changed on the way costs one chunk more, and is told", async () => {
    const { relay, run } = await begin();
    // In the middle of the fourth chunk.
    relay.flip(direction, 3.5 * CHUNK);
    const { code, stderr } = await run().ended;
    expect([code, readFileSync(target()).equals(content)], stderr).toEqual([0, true]);
    const more = relay.passed[direction] - SIZE;
    expect(more).toBeGreaterThanOrEqual(CHUNK);
    expect(more).toBeLessThan(CHUNK + 20_000);
    expect(what === "put" ? server.log : stderr).toMatch(/chunk/u);
  });

  test("a path that changes each chunk is given up with the reason, and nothing has the name", async () => {
    const { relay, run } = await begin();
    relay.flip(direction, CHUNK / 2, { again: true });
    const { code, stderr } = await run().ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/hash/u);
    expect(existsSync(target())).toBe(false);
    // Bounded, not for ever.
    expect(relay.passed[direction]).toBeLessThan(4 * SIZE);
  });

  test("a broken connection is gone on from, and what had arrived is not sent again", async () => {
    const { relay, run } = await begin(large);
    for (const share of [0.45, 0.45]) {
      const broken = Promise.withResolvers<void>();
      relay.after(direction, share * large.length, () => {
        relay.reset();
        broken.resolve();
      });
      const command = run();
      await Promise.race([broken.promise, command.ended]);
      await command.ended;
      if (existsSync(target())) break;
    }
    if (!existsSync(target())) expect(await run().ended).toMatchObject({ code: 0 });
    expect(readFileSync(target()).equals(large)).toBe(true);
    // Two breaks, of which each may cost what was on its way.
    expect(relay.passed[direction]).toBeLessThan(large.length + 2 * 8.5 * MIB);
  });

  test("a silence of a second is waited out", async () => {
    const { relay, run } = await begin();
    relay.after(direction, 0.4 * SIZE, () => relay.swallow());
    const command = run();
    await vi.waitUntil(() => relay.passed[direction] > 0.4 * SIZE, { timeout: 30_000 });
    await delay(1000);
    expect(existsSync(target())).toBe(false);
    relay.goOn();
    expect(await command.ended).toMatchObject({ code: 0 });
    expect(readFileSync(target()).equals(content)).toBe(true);
    expect(relay.passed[direction]).toBeLessThan(SIZE + 20_000);
  });

  test.each(["truncated", "grown", "replaced", "removed"] as const)(
    "a file that is %s while it is read is one version or refused, never a mixture",
    async (change) => {
      const { relay, run } = await begin();
      const other = contentOf(8, SIZE);
      relay.after(direction, 0.3 * SIZE, () => {
        if (change === "truncated") truncateSync(source(), Math.floor(SIZE / 2));
        else if (change === "grown") writeFileSync(source(), Buffer.concat([other, other]));
        else rmSync(source());
        if (change === "replaced") writeFileSync(source(), other);
      });
      const { code, stderr } = await run().ended;
      if (code === 0) expect(readFileSync(target()).equals(content)).toBe(true);
      else {
        expect(stderr).toMatch(/chang|short/u);
        expect(existsSync(target())).toBe(false);
      }
      // The next attempt has what is there then, whatever had arrived of the other.
      if (change === "removed") return;
      const now = readFileSync(source());
      expect(await run().ended).toMatchObject({ code: 0 });
      expect(readFileSync(target()).equals(now)).toBe(true);
    },
  );
});

test(
  "a network that is gone without a word leaves the name to the next who brings it",
  needs("network namespaces"),
  async () => {
    const program = fileURLToPath(new URL("file-transfer/gone-network.ts", import.meta.url));
    mkdirSync(join(folder, "gone"));
    const { stdout, stderr } = await promisify(execFile)(
      "unshare",
      ["--net", process.execPath, program, join(folder, "gone")],
      { timeout: 55_000 },
    );
    // It is gone for 25 s; to notice takes 20.
    expect(Number(stdout), stderr).toBeLessThan(40);
    expect(Number(stdout)).toBeGreaterThan(20);
  },
);

test("thirty who ask for much and read nothing cost a bounded memory, and others go on", async () => {
  writeFileSync(join(there, "file"), content);
  writeFileSync(join(there, "huge"), "");
  truncateSync(join(there, "huge"), 5 * 1024 * MIB);
  const lazy = await Promise.all(
    Array.from({ length: 30 }, async (_, n) => FileClient.open(n % 2 === 0 ? server.tcp : server.ws)),
  );
  for (const client of lazy) {
    client.send({ type: "get", id: 1, path: "huge", algorithm: "sha256" });
    await client.take({ type: "offer" });
    client.stopReading();
    client.send({ type: "want", transfer: 1, first: 0, count: 200 });
  }
  await delay(500);
  const { code } = await new Command("get", `${server.tcp}/file`, here).ended;
  expect([code, readFileSync(join(here, "file")).equals(content)]).toEqual([0, true]);
  const put = await new Command("put", join(here, "file"), `${server.ws}/again`).ended;
  expect([put.code, readFileSync(join(there, "again/file")).equals(content)]).toEqual([0, true]);
  // A few chunks for each, and what the server has anyway.
  expect(server.peakMiB).toBeLessThan(90 + 30 * 3);
  for (const client of lazy) client.reset();
});

test("100,000 files in one folder are listed page by page, each once, and one of them is fetched", async () => {
  mkdirSync(join(there, "many"));
  for (let n = 0; n < 100_000; n++)
    writeFileSync(join(there, "many", `file ${n}`), n === 77_777 ? "lucky" : "");
  const client = await FileClient.open(server.tcp, 30_000);
  const seen = new Set<string>();
  const beganMs = performance.now();
  let [pages, longestMs] = [0, 0];
  for (let [more, after] = [true, ""]; more; pages++) {
    const pageMs = performance.now();
    client.send({ type: "list", id: pages, path: "many", ...(after !== "" && { after }) });
    const page = await client.take({ type: "entries", id: pages });
    const entries = page["entries"] as { path: string }[];
    for (const { path } of entries) seen.add(path);
    after = entries.at(-1)?.path ?? "";
    more = page["more"] === true;
    longestMs = Math.max(longestMs, performance.now() - pageMs);
  }
  const seconds = (performance.now() - beganMs) / 1000;
  console.log(
    `100,000 files: ${pages} pages in ${seconds.toFixed(1)} s, the slowest in ${longestMs.toFixed(0)} ms`,
  );
  expect(seen.size).toBe(100_000);
  expect(await new Command("get", `${server.tcp}/many/file 77777`, here).ended).toMatchObject({ code: 0 });
  expect(readFileSync(join(here, "file 77777"), "utf8")).toBe("lucky");
  client.reset();
});
