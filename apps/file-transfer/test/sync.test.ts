// `sync` between a folder here and one of a server, both as processes.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ended, TestProcess } from "@socketlab/core/test-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileTransfer, startServer } from "./processes.ts";

let folder = "";
let here = "";
let there = "";
let server: TestProcess;
let url = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "file-transfer-sync-"));
  [here, there] = [join(folder, "here"), join(folder, "there")];
  mkdirSync(join(here, "sub/empty"), { recursive: true });
  mkdirSync(there);
  for (const name of ["a", "b", "sub/c", "sub/日本語"]) writeFileSync(join(here, name), name.repeat(1000));
  let urls;
  ({ server, urls } = await startServer(there, ["tcp://127.0.0.1:0"]));
  url = `${urls[0]!}/mirror`;
});
afterEach(async () => {
  await server.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

function contentOf(root: string): Record<string, string | undefined> {
  const names = (readdirSync(root, { recursive: true }) as string[]).toSorted();
  const entries = names.map((name) => {
    const path = join(root, name);
    return [name, statSync(path).isFile() ? readFileSync(path, "utf8") : undefined] as const;
  });
  return Object.fromEntries(entries);
}

function eventsOf({ stdout }: Ended): string[] {
  const lines = stdout.toString().trim().split("\n");
  const events = lines.filter(Boolean).map((line) => JSON.parse(line) as { event: string; path: string });
  return events.map(({ event, path }) => `${event} ${path}`).toSorted();
}

const sync = (...args: string[]): Promise<Ended> => fileTransfer(["sync", ...args]);

test("there: all the first time, nothing the second, then only what differs, and why the rest is skipped", async () => {
  expect(await sync(here, url)).toMatchObject({ code: 0, stderr: expect.stringMatching(/^4 files sent, /) });
  expect(contentOf(join(there, "mirror"))).toEqual(contentOf(here));
  const second = await sync(here, url, "--verbose");
  expect(second).toMatchObject({ code: 0, stderr: expect.stringMatching(/0 files sent, 4 skipped, /) });
  expect(second.stderr).toMatch(/skipped: .*sub\/c: same size and time/);

  writeFileSync(join(here, "a"), "x".repeat(1000));
  utimesSync(join(here, "a"), 1, 1);
  utimesSync(join(here, "b"), 2, 2);
  writeFileSync(join(here, "new"), "new");
  const third = await sync(here, url, "--json");
  expect(eventsOf(third)).toEqual(
    ["sent mirror/a", "sent mirror/new", "skipped b", "skipped sub/c", "skipped sub/日本語"].toSorted(),
  );
  expect(contentOf(join(there, "mirror"))).toEqual(contentOf(here));
});

test("back: into a folder that is not there yet, then nothing; a time that differs is set, so that it is not compared again", async () => {
  await sync(here, url);
  const back = join(folder, "back");
  expect(await sync(url, back)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^4 files fetched, /),
  });
  expect(contentOf(back)).toEqual(contentOf(here));
  utimesSync(join(back, "a"), 1, 1);
  const second = await sync(url, back, "--verbose");
  expect(second.stderr).toMatch(/skipped: .*a: same content/);
  expect(statSync(join(back, "a")).mtimeMs).toBeCloseTo(statSync(join(here, "a")).mtimeMs, -1);
  expect((await sync(url, back)).stderr).toMatch(/^0 files fetched, 4 skipped, /);
});

test("--checksum finds what has the same size and time", async () => {
  await sync(here, url);
  const { mtimeMs } = statSync(join(here, "a"));
  writeFileSync(join(here, "a"), "x".repeat(1000));
  utimesSync(join(here, "a"), mtimeMs / 1000, mtimeMs / 1000);
  expect((await sync(here, url)).stderr).toMatch(/^0 files sent, 4 skipped/);
  expect((await sync(here, url, "--checksum")).stderr).toMatch(/^1 file sent, 3 skipped/);
  expect(contentOf(join(there, "mirror"))).toEqual(contentOf(here));
});

test.each(["there", "back"])(
  "%s: nothing is removed without --delete, and with it what is not in the source",
  async (way) => {
    await sync(here, url);
    const [target, args] = way === "there" ? [join(there, "mirror"), [here, url]] : [here, [url, here]];
    const source = way === "there" ? here : join(there, "mirror");
    mkdirSync(join(target, "more/deep"), { recursive: true });
    writeFileSync(join(target, "more/deep/file"), "1");
    writeFileSync(join(target, "extra"), "2");
    expect((await sync(...args)).stderr).not.toContain("removed");
    const dry = await sync(...args, "--delete", "--dry-run");
    expect(dry.stderr).toMatch(/would remove: extra: .*\nwould remove: more: /);
    expect(contentOf(target)).toHaveProperty("extra");
    const { code, stderr } = await sync(...args, "--delete");
    expect(stderr).toMatch(/2 removed/);
    expect(code).toBe(0);
    expect(contentOf(target)).toEqual(contentOf(source));
  },
);

test("--dry-run says what would be sent and why, and sends nothing", async () => {
  const { code, stderr } = await sync(here, url, "-n");
  expect(stderr).toMatch(/would send: sub\/c: it is not there/);
  expect(code).toBe(0);
  expect(readdirSync(there)).toEqual([".socketlab"]);
});

test("a folder in the place of a file is told, the rest is done; with --delete it is removed", async () => {
  await sync(here, url);
  rmSync(join(here, "a"));
  mkdirSync(join(here, "a"));
  writeFileSync(join(here, "a/inner"), "inner");
  writeFileSync(join(here, "b"), "changed");
  const { code, stderr } = await sync(here, url);
  expect(stderr).toMatch(/failed: .*a: there is a file of that name, and it is a folder here; with --delete/);
  expect(code).toBe(3);
  expect(await sync(here, url, "--delete")).toMatchObject({ code: 0 });
  expect(contentOf(join(there, "mirror"))).toEqual(contentOf(here));
});

test("a link in a folder that is to go stays, and is told", async () => {
  await sync(here, url);
  mkdirSync(join(here, "mine"));
  symlinkSync("/etc/passwd", join(here, "mine/link"));
  const { code, stderr } = await sync(url, here, "--delete");
  expect(stderr).toMatch(/mine/);
  expect(readdirSync(join(here, "mine"))).toEqual(["link"]);
  expect(code).toBe(1);
});

test.each([
  ["two folders here", [".", "."]],
  ["two of servers", ["tcp://127.0.0.1:1/a", "tcp://127.0.0.1:1/b"]],
  ["no hash", [".", "tcp://127.0.0.1:1/a", "--hash", "none"]],
])("%s are wrong usage", async (_what, args) => {
  expect(await sync(...args)).toMatchObject({ code: 2 });
});

test("of more files than a page of the list has, the second run sends nothing", async () => {
  mkdirSync(join(here, "many"));
  for (let index = 0; index < 1200; index++) writeFileSync(join(here, `many/${index}`), `${index}`);
  expect((await sync(here, url)).stderr).toMatch(/^1204 files sent, /);
  expect((await sync(here, url)).stderr).toMatch(/^0 files sent, 1204 skipped, /);
});
