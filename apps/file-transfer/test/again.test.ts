// The same `put` or `get` once more: what is there already is not transferred again. Both sides are processes.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestProcess, type Ended } from "@socketlab/core/test-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileTransfer, main, startServer } from "./processes.ts";

let folder = "";
let source = "";
let server: TestProcess;
let url = "";
let served = "";

const names = ["a", "empty", "large", "sub/b", "sub/日本語"];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "file-transfer-again-"));
  source = join(folder, "photos");
  served = join(folder, "served");
  mkdirSync(join(source, "sub/none"), { recursive: true });
  mkdirSync(served);
  for (const [n, name] of names.entries()) {
    const size = name === "empty" ? 0 : name === "large" ? 1_300_000 : 100;
    writeFileSync(join(source, name), name.repeat(size).slice(0, size));
    utimesSync(join(source, name), 1_700_000_000 + n, 1_700_000_000 + n);
  }
  let urls;
  ({ server, urls } = await startServer(served, ["tcp://127.0.0.1:0"]));
  url = urls[0]!;
});
afterEach(async () => {
  await server.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

function eventsOf({ stdout }: Ended): string[] {
  const lines = stdout
    .toString()
    .trim()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  return lines
    .map((line) => JSON.parse(line) as { event: string; path: string })
    .map(({ event, path }) => `${event} ${path}`)
    .toSorted();
}

/** Neither is a chunk sent, nor a file asked for or announced. */
function expectNothingMoved(trace: string): void {
  expect(trace).toMatch(/entry/);
  expect(trace).not.toMatch(/\b(chunk|put|get|want)\b/);
}

/** Changed in content alone. */
function changeSecretly(path: string): void {
  const { mtimeMs } = statSync(path);
  const content = readFileSync(path);
  content[0]! ^= 1;
  writeFileSync(path, content);
  utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
}

const ways = {
  put: {
    again: (...flags: string[]) => fileTransfer(["put", source, url, ...flags]),
    done: "sent",
    shown: (name: string) => `photos/${name}`,
    from: () => source,
    to: () => join(served, "photos"),
  },
  get: {
    again: (...flags: string[]) => fileTransfer(["get", `${url}/photos`, join(folder, "got"), ...flags]),
    done: "fetched",
    shown: (name: string) => join(folder, "got/photos", name),
    from: () => join(served, "photos"),
    to: () => join(folder, "got/photos"),
  },
} as const;

for (const [name, { again, done, shown, from, to }] of Object.entries(ways)) {
  test(`${name} of a folder twice: the second time only hashes go over the wire`, async () => {
    await fileTransfer(["put", source, url]);
    if (name === "get") await again();
    const second = await again("--trace");
    expect(second).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(new RegExp(`0 files ${done}, 5 there already, 0 bytes`)),
    });
    expectNothingMoved(second.stderr);
    expect(eventsOf(await again("--json"))).toEqual(
      names.map((one) => `there already ${shown(one)}`).toSorted(),
    );
  });

  test(`${name} of a folder again transfers what has changed: its content alone, its time, its mode, what is gone`, async () => {
    await fileTransfer(["put", source, url]);
    if (name === "get") await again();
    changeSecretly(join(from(), "large"));
    utimesSync(join(from(), "a"), 1, 1);
    chmodSync(join(from(), "sub/b"), 0o700);
    rmSync(join(to(), "empty"));
    const events = eventsOf(await again("--json"));
    expect(events.filter((event) => event.startsWith(done))).toEqual(
      ["a", "empty", "large", "sub/b"].map((one) => `${done} ${shown(one)}`).toSorted(),
    );
    expect(statSync(join(to(), "a")).mtimeMs).toBe(1000);
    expect(statSync(join(to(), "sub/b")).mode & 0o777).toBe(0o700);
    for (const one of names) expect(readFileSync(join(to(), one))).toEqual(readFileSync(join(from(), one)));
  });
}

test("without verification, size, time and mode are enough, and it is said that nothing is verified", async () => {
  await fileTransfer(["put", source, url]);
  const again = await fileTransfer(["put", source, url, "--hash", "none", "--trace"]);
  expect(again).toMatchObject({ code: 0, stderr: expect.stringMatching(/5 there already/) });
  expectNothingMoved(again.stderr);
  expect(again.stderr).not.toMatch(/blake3/);
});

test("files by themselves, and at the prompt", async () => {
  const files = ["a", "large"].map((name) => join(source, name));
  await fileTransfer(["put", ...files, url]);
  expect((await fileTransfer(["put", ...files, url])).stderr).toMatch(/0 files sent, 2 there already/);
  await fileTransfer(["get", `${url}/large`, folder]);
  expect((await fileTransfer(["get", `${url}/large`, folder])).stderr).toMatch(/0 files fetched, 1 there/);
  const prompt = await fileTransfer(["client", url], {
    input: `put ${JSON.stringify(source)}\nput ${JSON.stringify(source)}\n`,
  });
  expect(prompt.stderr).toMatch(/5 files sent[^]*0 files sent, 5 there already/);
});

test("two files that would have the same name there: the second is told, and not sent over the first", async () => {
  mkdirSync(join(folder, "other"));
  writeFileSync(join(folder, "other/a"), "another");
  const { code, stderr } = await fileTransfer(["put", join(source, "a"), join(folder, "other/a"), url]);
  expect(stderr).toMatch(/failed: .*other\/a: it would have the same name there as .*photos\/a/);
  expect(code).toBe(3);
  expect(readFileSync(join(served, "a"))).toEqual(readFileSync(join(source, "a")));
});

test("a file where a folder is to be is told, and the rest is sent", async () => {
  mkdirSync(join(served, "photos"));
  writeFileSync(join(served, "photos/sub"), "in the way");
  const { code, stderr } = await fileTransfer(["put", source, url]);
  expect(stderr).toMatch(/failed: photos\/sub: there is a file of that name/);
  expect(stderr).toMatch(/3 files sent/);
  expect(code).toBe(3);
  expect(readFileSync(join(served, "photos/sub"), "utf8")).toBe("in the way");
});

test("killed in the middle of a folder and run again, what was finished is not sent again", async () => {
  for (let n = 0; n < 400; n++) writeFileSync(join(source, `many-${n}`), `${n}`.repeat(1000));
  const args = ["put", source, url, "--json", "--rate", "300k"];
  const first = TestProcess.start(process.execPath, [main, ...args]);
  await first.says(/"sent"[^]*"sent"[^]*"sent"/);
  await first.stop("SIGKILL");
  const finished = readdirSync(join(served, "photos"), { recursive: true }) as string[];
  const isThere = (event: string): boolean => finished.some((name) => event === `sent photos/${name}`);
  const events = eventsOf(await fileTransfer(["put", source, url, "--json"]));
  expect(events.filter(isThere)).toEqual([]);
  expect(events.filter((event) => event.startsWith("there already")).length).toBeGreaterThanOrEqual(3);
  expect(readdirSync(join(served, "photos")).length).toBe(readdirSync(source).length);
});
