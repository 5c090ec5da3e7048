// What the SQLite store does when its file, its disk, its power or its neighbours are not as they should be.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { seededRandom, SocketlabError } from "@socketlab/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSqliteStore } from "../src/server/sqlite-store.ts";
import { StoreError, type Store } from "../src/server/store.ts";
import { message } from "./contract/message.ts";
import { needs } from "@socketlab/core/test-kit";

const program = fileURLToPath(new URL("store-process.ts", import.meta.url));

let folder: string;
let path: string;
const opened: Store[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chat-store-"));
  path = join(folder, "chat.db");
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true });
});

function open(...args: Parameters<typeof openSqliteStore>): Store {
  const store = openSqliteStore(...args);
  opened.push(store);
  return store;
}

/** What opening says: its code; its message names the file and what to do. */
function refusal(): string {
  try {
    open(path);
  } catch (error) {
    if (!(error instanceof SocketlabError)) throw error;
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/--store|move it away/);
    return error.code;
  }
  return "opened";
}

async function keepSome(count = 200): Promise<void> {
  const store = openSqliteStore(path);
  await Promise.all(Array.from({ length: count }, (_, index) => store.append(message({ id: `m${index}` }))));
  await store.close();
}

test("makes the file and its folder", async () => {
  const store = open(join(folder, "a", "b", "chat.db"));
  expect(await store.append(message())).toMatchObject({ seq: 1 });
});

test("what arrives together shares a commit", async () => {
  const store = open(path);
  const count = 500;
  await Promise.all(Array.from({ length: count }, (_, index) => store.append(message({ id: `m${index}` }))));
  // A commit writes at least one page of 4096 bytes.
  expect(statSync(`${path}-wal`).size).toBeLessThan((count / 2) * 4096);
});

test("of what waits for a commit there is a bound, and it takes more when that is over", async () => {
  const store = open(path, { maxWaitingMessages: 3 });
  const outcomes = await Promise.allSettled(
    ["1", "2", "3", "4", "5"].map((id) => store.append(message({ id }))),
  );
  expect(outcomes.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
  ]);
  expect(outcomes[4]).toMatchObject({ reason: expect.any(StoreError) });
  expect(await store.append(message({ id: "5" }))).toMatchObject({ id: "5" });
});

test("after a message that the database refuses it keeps the next ones", async () => {
  const store = open(path);
  await expect(store.append(message({ at: Number.NaN }))).rejects.toBeInstanceOf(StoreError);
  const next = await store.append(message());
  expect(await store.read("lobby", { limit: 10 })).toEqual([next]);
});

test("closing finishes more than one commit's worth", async () => {
  const store = open(path);
  const asked = Array.from({ length: 2500 }, (_, index) => store.append(message({ id: `m${index}` })));
  await store.close();
  expect(await Promise.all(asked)).toHaveLength(2500);
});

test("a damaged file is refused and left as it is", async () => {
  await keepSome();
  const whole = readFileSync(path);
  const damages: Record<string, () => void> = {
    "no database": () => writeFileSync(path, "hello ".repeat(1000)),
    "half of it": () => truncateSync(path, Math.floor(whole.length / 2)),
    "a header alone": () => writeFileSync(path, whole.subarray(0, 100)),
    "zeros in the middle": () => writeFileSync(path, Buffer.from(whole).fill(0, 4096, 3 * 4096)),
    "noise at the end": () => writeFileSync(path, noise(whole, whole.length - 4096)),
  };
  for (const [name, damage] of Object.entries(damages)) {
    damage();
    const damaged = readFileSync(path);
    expect(refusal(), name).toBe("store-damaged");
    expect(readFileSync(path).equals(damaged), name).toBe(true);
  }
  writeFileSync(path, whole);
  expect(refusal()).toBe("opened");
});

test("another program's database is refused and left as it is, and so is a later version's", () => {
  const statements = [
    "CREATE TABLE messages (seq)",
    "PRAGMA application_id = 1",
    "PRAGMA application_id = 0x63686174; PRAGMA user_version = 99",
  ];
  for (const statement of statements) {
    rmSync(path, { force: true });
    const other = new DatabaseSync(path);
    other.exec(statement);
    other.close();
    const before = readFileSync(path);
    expect(refusal(), statement).toBe("store-foreign");
    expect(readFileSync(path).equals(before), statement).toBe(true);
  }
});

test("what is no file, and what cannot be made, is refused", () => {
  path = folder;
  expect(refusal()).toBe("store-unusable");
  writeFileSync(join(folder, "file"), "");
  path = join(folder, "file", "chat.db");
  expect(refusal()).toBe("store-unusable");
});

test("a second one is refused while the first is open, in this process or another", async () => {
  const store = open(path);
  expect(refusal()).toBe("store-in-use");
  const { stderr } = await promisify(execFile)(process.execPath, [program, "keep", path]).catch(
    (error: { stderr: string }) => error,
  );
  expect(stderr).toContain("is in use by another process");
  await store.append(message());
  await store.close();
  expect(refusal()).toBe("opened");
});

test(
  "on a full disk nothing is acknowledged that is not kept, and it goes on when there is room",
  needs("a mount namespace"),
  async () => {
    const script = `mount -t tmpfs -o size=1m none "$0" && exec "$1" "$2" fill "$0/chat.db"`;
    const args = ["--mount", "--map-root-user", "sh", "-c", script, folder, process.execPath, program];
    const { stdout } = await promisify(execFile)("unshare", args);
    const seen = JSON.parse(stdout) as Record<string, string[]>;
    expect(seen["kept"]).toEqual(seen["acknowledged"]);
    expect(seen["told"]).toEqual(seen["acknowledged"]);
    expect(seen["readWhileFull"]).toEqual(seen["reopenedWhileFull"]);
    expect(seen["refusedWithRoom"]).toBe(0);
    for (const error of seen["errors"]!)
      expect(error).toMatch(/^StoreError: .*chat\.db keeps no message now/);
  },
);

test(
  "while the file may not be written it keeps nothing, says so, and can be read; then it goes on",
  needs("chattr +i"),
  async () => {
    const store = open(path);
    const first = await store.append(message());
    execFileSync("chattr", ["+i", path, `${path}-wal`]);
    try {
      await expect(store.append(message({ id: "2" }))).rejects.toBeInstanceOf(StoreError);
      expect(await store.read("lobby", { limit: 10 })).toEqual([first]);
    } finally {
      execFileSync("chattr", ["-i", path, `${path}-wal`]);
    }
    const second = await store.append(message({ id: "2" }));
    expect(await store.read("lobby", { limit: 10 })).toEqual([first, second]);

    await store.close();
    execFileSync("chattr", ["+i", path]);
    try {
      expect(refusal()).toBe("store-unusable");
    } finally {
      execFileSync("chattr", ["-i", path]);
    }
  },
);

/** At least so many are acknowledged before each kill. */
const LINES_A_ROUND = 100;

test("nothing that was acknowledged is missing after kill -9, and nothing is there twice", async () => {
  const random = seededRandom(9);
  const log = join(folder, "acknowledged");
  for (let round = 0; round < 6; round++) {
    const output = openSync(log, "a");
    const from = statSync(log).size;
    const child = spawn(process.execPath, [program, "keep", path, String(round)], {
      stdio: ["ignore", output, "inherit"],
    });
    closeSync(output);
    const ended = once(child, "exit");
    await vi.waitFor(() => expect(statSync(log).size).toBeGreaterThan(from + LINES_A_ROUND * 10), {
      timeout: 20_000,
    });
    await delay(random() * 100);
    child.kill("SIGKILL");
    await ended;
  }

  const store = open(path);
  const kept = await store.read("lobby", { limit: 1_000_000 });
  const bySeq = new Map(kept.map(({ seq, ...entry }) => [seq, entry]));
  // The last line of a round may be cut short: then the next one begins in the middle of it.
  const lines = readFileSync(log, "utf8").match(/^\d+ P\d+ \d+-\d+$/gm) ?? [];
  expect(lines.length).toBeGreaterThan(LINES_A_ROUND);
  for (const line of lines) {
    const [seq, from, id] = line.split(" ");
    expect(bySeq.get(Number(seq)), line).toMatchObject({ from, id, text: `${from} says ${id}` });
  }
  expect(new Set(kept.map(({ from, id }) => `${from} ${id}`)).size).toBe(kept.length);
});

function noise(bytes: Buffer, from: number): Buffer {
  const random = seededRandom(7);
  const noisy = Buffer.from(bytes);
  for (let at = from; at < noisy.length; at++) noisy[at] = Math.floor(random() * 256);
  return noisy;
}
