// A disk that is full, fails or is read-only, and a file that is damaged: the sender is told, nothing is acknowledged that
// is not stored, and when the disk can again, so can the server.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { enter, history, ids, say, sayUntilStored, seqs, shown } from "./chat/people.ts";
import { assertKept, runRestless } from "./chat/run.ts";
import { ChatServer } from "./chat/server.ts";

vi.setConfig({ testTimeout: 60_000 });
const ROOM = "hall";
let folder = "";
let store = "";
const servers: ChatServer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chat-storage-"));
  store = join(folder, "chat.db");
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill();
  spawnSync("umount", ["--lazy", folder], { stdio: "ignore" });
  rmSync(folder, { recursive: true, force: true });
});

async function prepared(): Promise<ChatServer> {
  const server = await ChatServer.prepare({ store });
  servers.push(server);
  return server;
}

async function started(): Promise<ChatServer> {
  const server = await prepared();
  await server.start();
  return server;
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync("mount", [...args, folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount ${args.join(" ")}: ${stderr}`);
}

describe("a full disk", needs("a disk of its own"), () => {
  const filler = (): string => join(folder, "filler");
  /** Leaves so much room, and no more. */
  const fill = (leaveBytes: number): void => {
    const { bavail, bsize } = statfsSync(folder);
    try {
      appendFileSync(filler(), Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
    } catch {
      // The server took some of it meanwhile: now it is full.
    }
  };
  // SQLite's log alone may take 4 MiB.
  beforeEach(() => mount("-t", "tmpfs", "-o", "size=16m", "none"));

  test("is told to the sender; what was acknowledged is there; with room again, all goes on", async () => {
    const server = await started();
    const ann = await enter(server.url, "ann", ROOM);
    const bob = await enter(server.url, "bob", ROOM);
    const text = "x".repeat(1000);
    const stored = [];
    let refused = 0;
    await sayUntilStored(ann, ROOM, "first", text);
    fill(100 * 1024);
    for (let n = 0; n < 2000 && refused < 5; n++) {
      const answer = await say(ann, ROOM, `${n}`, text);
      if (answer.type === "stored") stored.push(`${n}`);
      else {
        expect(answer).toMatchObject({
          code: "not-stored",
          id: `${n}`,
          detail: expect.stringMatching(/\w+ \w+/u) as string,
        });
        refused++;
      }
    }
    expect(refused).toBe(5);
    const kept = await history(server.url, ROOM);
    expect(ids(kept)).toEqual(["first", ...stored]);
    rmSync(filler());
    for (let n = 0; n < stored.length + 5; n++) await sayUntilStored(ann, ROOM, `${n}`, text);
    const whole = await history(server.url, ROOM);
    expect(ids(whole).toSorted()).toEqual(
      ["first", ...Array.from({ length: stored.length + 5 }, (_, n) => `${n}`)].toSorted(),
    );
    await bob.until(() => bob.inbox.filter(({ type }) => type === "said").length >= whole.length);
    expect(seqs(shown(bob))).toEqual(seqs(whole));
    await server.kill();
    await server.start();
    expect(seqs(await history(server.url, ROOM))).toEqual(seqs(whole));
  });

  test("again and again, under restless clients and kill -9, breaks no promise", async () => {
    const server = await started();
    const seed = 5;
    const run = await runRestless({
      seed,
      clients: 6,
      rooms: ["hall", "kitchen"],
      urls: () => server.urls,
      trouble: async (random, note) => {
        for (let round = 0; round < 8; round++) {
          await delay(200 + random() * 300);
          note("the disk is full");
          fill(random() * 20_000);
          await delay(200 + random() * 300);
          const killed = random() < 0.4;
          if (killed) {
            note("kill -9");
            await server.kill();
          }
          note("there is room again");
          rmSync(filler());
          if (killed) await server.start();
        }
      },
    });
    assertKept(run, seed);
    expect(run.events.some((event) => event.what === "note" && event.text.includes("not-stored"))).toBe(true);
  });
});

/** While `use` runs, these system calls of the server fail. */
async function failing(
  server: ChatServer,
  calls: string,
  error: string,
  use: () => Promise<void>,
): Promise<void> {
  const args = [
    "-f",
    "-p",
    String(server.pid),
    "-e",
    `trace=${calls}`,
    "-e",
    `inject=${calls}:error=${error}`,
  ];
  const strace = spawn("strace", [...args, "-o", "/dev/null"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(strace, "exit");
  try {
    await once(strace.stderr, "data");
    // One line for each thread; the first one is the one that writes, the others follow at once.
    await delay(200);
    await use();
  } finally {
    strace.kill("SIGINT");
    await ended;
  }
}

describe.each([
  ["a write fails with EIO", "pwrite64", "EIO"],
  ["the disk turns read-only", "pwrite64", "EROFS"],
  ["fsync fails", "fsync,fdatasync", "EIO"],
])("%s", needs("strace"), (_what, calls, error) => {
  test("nothing is acknowledged meanwhile; afterwards all goes on, and nothing is there twice", async () => {
    const server = await started();
    const ann = await enter(server.url, "ann", ROOM);
    const bob = await enter(server.url, "bob", ROOM);
    for (let n = 0; n < 5; n++) await sayUntilStored(ann, ROOM, `${n}`, `text ${n}`);
    await failing(server, calls, error, async () => {
      for (let n = 5; n < 10; n++)
        expect(await say(ann, ROOM, `${n}`, `text ${n}`)).toMatchObject({
          type: "refused",
          code: "not-stored",
        });
    });
    for (let n = 7; n < 12; n++) await sayUntilStored(ann, ROOM, `${n}`, `text ${n}`);
    const expected = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11].map(String);
    await bob.take({ type: "said", id: "11" });
    expect([...ids(shown(bob)), "11"]).toEqual(expected);
    const before = await history(server.url, ROOM);
    expect(ids(before)).toEqual(expected);
    await server.kill();
    await server.start();
    expect(seqs(await history(server.url, ROOM))).toEqual(seqs(before));
  });
});

test(
  "a kill -9 after a failed fsync: what was refused may be there, once; what was stored is",
  needs("strace"),
  async () => {
    const server = await started();
    const ann = await enter(server.url, "ann", ROOM);
    for (let n = 0; n < 5; n++) await sayUntilStored(ann, ROOM, `${n}`, `text ${n}`);
    await failing(server, "fsync,fdatasync", "EIO", async () => {
      for (let n = 5; n < 8; n++) await say(ann, ROOM, `${n}`, `text ${n}`);
      await server.kill();
    });
    await server.start();
    const again = await enter(server.url, "ann", ROOM);
    for (let n = 0; n < 8; n++) await sayUntilStored(again, ROOM, `${n}`, `text ${n}`);
    expect(ids(await history(server.url, ROOM)).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map(String));
  },
);

test(
  "a read-only database is not opened: the server says so, names the file, and ends with 1",
  needs("a disk of its own"),
  async () => {
    mount("-t", "tmpfs", "none");
    const first = await started();
    await sayUntilStored(await enter(first.url, "ann", ROOM), ROOM, "1", "hello");
    await first.stop();
    mount("-o", "remount,ro");
    await expectRefused();
  },
);

describe("a damaged file is refused, with its name and what to do, and left as it is", () => {
  test.each<[string, (path: string) => void]>([
    [
      "random bytes",
      (path) => writeFileSync(path, Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919) % 251))),
    ],
    ["a text", (path) => writeFileSync(path, "ann: hello\n".repeat(1000))],
    ["a database with its beginning overwritten", (path) => overwrite(path, 0, 40)],
    ["a database with its first page overwritten", (path) => overwrite(path, 100, 3000)],
    ["a database with pages overwritten", (path) => overwrite(path, 3 * 4096, 12_000)],
    ["half of a database", (path) => writeFileSync(path, readFileSync(path).subarray(0, 5 * 4096 + 77))],
    [
      "another program's database",
      (path) => {
        rmSync(path);
        new DatabaseSync(path).exec("CREATE TABLE recipes (name TEXT); PRAGMA application_id = 7");
      },
    ],
  ])("%s", async (_what, damage) => {
    const first = await started();
    const ann = await enter(first.url, "ann", ROOM);
    for (let n = 0; n < 40; n++) await sayUntilStored(ann, ROOM, `${n}`, "x".repeat(1000));
    await first.stop();
    damage(store);
    const before = readFileSync(store);
    await expectRefused();
    expect(readFileSync(store).equals(before)).toBe(true);
  });

  test("but what a kill leaves behind a log's end is no damage", async () => {
    const server = await started();
    const ann = await enter(server.url, "ann", ROOM);
    for (let n = 0; n < 10; n++) await sayUntilStored(ann, ROOM, `${n}`, `text ${n}`);
    await server.kill();
    appendFileSync(`${store}-wal`, Buffer.alloc(2500, 7));
    await server.start();
    expect(ids(await history(server.url, ROOM))).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
  });
});

test("a second server is refused the file, and the first one goes on", async () => {
  const first = await started();
  const ann = await enter(first.url, "ann", ROOM);
  await expectRefused();
  await sayUntilStored(ann, ROOM, "1", "still here");
});

function overwrite(path: string, at: number, count: number): void {
  const content = readFileSync(path);
  content.fill(0xa5, at, at + count);
  writeFileSync(path, content);
}

/** A server is started on the file, and ends: with 1, the file's name, and a sentence that says what to do. */
async function expectRefused(): Promise<void> {
  const server = await prepared();
  await expect(server.start()).rejects.toThrow(/ended with 1: /u);
  expect(server.complaints).toContain(store);
  expect(server.complaints).toMatch(/--store|\.recover/u);
  expect(server.complaints).not.toMatch(/^\s+at /mu);
}
