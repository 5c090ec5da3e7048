// Whole commands against a whole server, both as processes: what a person types, and what is on the disks then.
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
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
import { fileURLToPath } from "node:url";
import { seededRandom } from "@socketlab/core";
import { TestProcess } from "@socketlab/core/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileTransfer, main, startServer } from "./processes.ts";

const MIB = 1024 * 1024;
let folder = "";
let here = "";
let there = "";
let server: TestProcess;
let tcp = "";
let ws = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "file-transfer-"));
  [here, there] = [join(folder, "here"), join(folder, "there")];
  mkdirSync(here);
  mkdirSync(there);
  await start();
});
afterEach(async () => {
  await server.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  // The same doors again, once there are some.
  const doors = tcp === "" ? ["tcp://127.0.0.1:0", "ws://127.0.0.1:0"] : [tcp, ws];
  const started = await startServer(there, doors);
  server = started.server;
  [tcp = "", ws = ""] = started.urls;
}

/** Files by their relative path; folders as undefined. */
function contentOf(root: string): Record<string, Buffer | undefined> {
  const names = readdirSync(root, { recursive: true }) as string[];
  return Object.fromEntries(
    names
      .filter((name) => !name.startsWith(".socketlab"))
      .toSorted()
      .map((name) => {
        const path = join(root, name);
        return [name, statSync(path).isFile() ? readFileSync(path) : undefined];
      }),
  );
}

/** Settles when more than a chunk of a file has arrived there. */
async function underway(at: string): Promise<void> {
  const bytes = (): number =>
    Math.max(
      0,
      ...readdirSync(at).map((name) => statSync(join(at, name), { throwIfNoEntry: false })?.size ?? 0),
    );
  await expect.poll(bytes, { timeout: 30_000, interval: 20 }).toBeGreaterThan(MIB);
}

function makeTree(root: string): void {
  for (const path of ["", "sub", "sub/deeper", "empty folder"])
    mkdirSync(join(root, path), { recursive: true });
  const files = { empty: 0, small: 100, edge: 64 * 1024, "sub/over the edge": 64 * 1024 + 1 };
  const more = { "sub/chunk": MIB / 2, "sub/deeper/日本語 é.bin": MIB + 7, большой: 3 * MIB + 1 };
  for (const [name, size] of Object.entries({ ...files, ...more }))
    writeFileSync(join(root, name), randomBytes(size));
  chmodSync(join(root, "small"), 0o640);
  utimesSync(join(root, "edge"), 1_000_000_000, 1_000_000_000);
}

describe.each(["tcp", "ws"] as const)("over %s", (transport) => {
  const url = (path = ""): string => `${transport === "tcp" ? tcp : ws.replace(/\/$/, "")}/${path}`;

  test("a folder goes there and comes back, with names, bytes, times and modes", async () => {
    const tree = join(here, "tree");
    makeTree(tree);
    const put = await fileTransfer(["put", tree, url("in box")]);
    expect(put).toMatchObject({ code: 0, stderr: expect.stringMatching(/^7 files sent, /) });
    expect(contentOf(join(there, "in box/tree"))).toEqual(contentOf(tree));
    const get = await fileTransfer(["get", url("in box/tree"), join(here, "back")]);
    expect(get).toMatchObject({ code: 0, stderr: expect.stringMatching(/^7 files fetched, /) });
    const back = join(here, "back/tree");
    expect(contentOf(back)).toEqual(contentOf(tree));
    for (const root of [join(there, "in box/tree"), back]) {
      expect(statSync(join(root, "small")).mode & 0o777).toBe(0o640);
      expect(statSync(join(root, "edge")).mtimeMs).toBe(1_000_000_000_000);
    }
  });
});

test("with --hash none files go there and back as well, and it is said that nothing was verified", async () => {
  const tree = join(here, "tree");
  makeTree(tree);
  const put = await fileTransfer(["put", tree, tcp, "--hash", "none"]);
  expect(put).toMatchObject({ code: 0, stderr: expect.stringMatching(/^7 files sent, nothing verified, /) });
  const { stdout } = await fileTransfer([
    "get",
    `${tcp}/tree`,
    join(here, "back"),
    "--hash",
    "none",
    "--json",
  ]);
  expect(contentOf(join(here, "back/tree"))).toEqual(contentOf(tree));
  const [first] = stdout.toString().split("\n");
  expect(JSON.parse(first!)).toEqual({
    event: "fetched",
    path: expect.any(String),
    size: expect.any(Number),
    verified: "none",
    kept: 0,
  });
});

describe("over several connections", () => {
  test("files and the chunks of large ones go there and come back", async () => {
    const tree = join(here, "tree");
    makeTree(tree);
    // Beside the others: to compare so much byte by byte takes the test's tool long.
    const large = randomBytes(40 * MIB + 3);
    writeFileSync(join(here, "large"), large);
    const four = ["--connections", "4"];
    const put = await fileTransfer(["put", tree, join(here, "large"), `${tcp}/all`, ...four]);
    expect(put).toMatchObject({ code: 0, stderr: expect.stringMatching(/^8 files sent, /) });
    expect(contentOf(join(there, "all/tree"))).toEqual(contentOf(tree));
    expect(readFileSync(join(there, "all/large")).equals(large)).toBe(true);
    const get = await fileTransfer(["get", `${tcp}/all`, join(here, "back"), ...four]);
    expect(get).toMatchObject({ code: 0, stderr: expect.stringMatching(/^8 files fetched, /) });
    expect(contentOf(join(here, "back/all/tree"))).toEqual(contentOf(tree));
    expect(readFileSync(join(here, "back/all/large")).equals(large)).toBe(true);
    // Nothing is left of what came too late.
    expect(readdirSync(join(there, ".socketlab/incoming"))).toEqual([]);
  });

  test("more than 16 are wrong usage", async () => {
    expect(await fileTransfer(["get", tcp, here, "--connections", "17"])).toMatchObject({ code: 2 });
  });
});

describe("the connection is lost", () => {
  test.each(["put", "get"] as const)("and %s goes on by itself when the server is back", async (command) => {
    const content = randomBytes(24 * MIB);
    writeFileSync(join(command === "put" ? here : there, "file"), content);
    const args = command === "put" ? [join(here, "file"), tcp] : [`${tcp}/file`, here];
    const client = TestProcess.start(process.execPath, [main, command, ...args, "--rate", "8M", "--json"]);
    await underway(command === "put" ? join(there, ".socketlab/incoming") : here);
    await server.stop("SIGKILL");
    await start();
    const { code, stdout } = await client.ended;
    const events = stdout
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toContain("retry");
    const last = events.at(-1) as { event: string; kept: number };
    expect(last.event).toBe(command === "put" ? "sent" : "fetched");
    // It went on where it was.
    expect(last.kept).toBeGreaterThan(0);
    expect(code).toBe(0);
    const final = join(command === "put" ? there : here, "file");
    expect(readFileSync(final).equals(content)).toBe(true);
  });

  test("for good: it says so, and how often it has tried", async () => {
    writeFileSync(join(there, "file"), randomBytes(24 * MIB));
    const args = ["get", `${tcp}/file`, here, "--rate", "4M", "--retries", "2"];
    const client = TestProcess.start(process.execPath, [main, ...args]);
    await underway(here);
    await server.stop("SIGKILL");
    const { code, stderr } = await client.ended;
    expect(stderr).toMatch(/trying again in .* \(1 of 2\)\n.*\(2 of 2\)/);
    expect(stderr).toMatch(/0 files fetched of 1, .* of 24 MiB: the same command goes on there/);
    expect(code).toBe(1);
  });
});

test("over tls:// and wss:// a file goes there and back, and a certificate that nobody vouches for is refused", async () => {
  const secure = await startServer(mkdtempSync(join(folder, "secure-")), [
    "tls://127.0.0.1:0",
    "wss://127.0.0.1:0",
  ]);
  try {
    const ca = join(fileURLToPath(new URL("..", import.meta.url)), ".socketlab/tls/cert.pem");
    const content = randomBytes(2 * MIB + 1);
    writeFileSync(join(here, "file"), content);
    for (const [index, url] of secure.urls.entries()) {
      expect(await fileTransfer(["put", join(here, "file"), url, "--ca", ca])).toMatchObject({ code: 0 });
      const into = join(here, String(index));
      expect(await fileTransfer(["get", `${url}/file`, into, "--ca", ca])).toMatchObject({ code: 0 });
      expect(readFileSync(join(into, "file")).equals(content)).toBe(true);
      const { code, stderr } = await fileTransfer(["list", url]);
      expect(stderr).toMatch(/nobody whom we trust vouches for its certificate/);
      expect(code).toBe(1);
    }
  } finally {
    await secure.server.stop("SIGKILL");
  }
});

test("when the connection is lost for good and some of it is done, the exit code is 3", async () => {
  mkdirSync(join(there, "two"));
  writeFileSync(join(there, "two/a"), "a");
  writeFileSync(join(there, "two/large"), randomBytes(24 * MIB));
  const args = ["get", `${tcp}/two`, here, "--rate", "4M", "--retries", "0"];
  const client = TestProcess.start(process.execPath, [main, ...args]);
  await expect.poll(() => existsSync(join(here, "two/a")), { timeout: 30_000 }).toBe(true);
  await underway(join(here, "two"));
  await server.stop("SIGKILL");
  const { code, stderr } = await client.ended;
  expect(stderr).toMatch(/^conversation with .*\n1 file fetched of 2, .*: the same command goes on there/);
  expect(code).toBe(3);
});

test("Ctrl-C ends it at once, and says what remains", async () => {
  writeFileSync(join(there, "file"), randomBytes(24 * MIB));
  const client = TestProcess.start(process.execPath, [main, "get", `${tcp}/file`, here, "--rate", "1M"]);
  await underway(here);
  const beganMs = performance.now();
  const { code, stderr } = await client.stop("SIGINT");
  // At this rate it would go on for 20 seconds; a busy machine has its moment.
  expect(performance.now() - beganMs).toBeLessThan(5000);
  expect(stderr).toMatch(/^0 files fetched of 1, .* of 24 MiB: the same command goes on there/);
  expect(code).toBe(130);
});

describe("- is standard input and output", () => {
  test("bytes go there and come back", async () => {
    const bytes = randomBytes(3 * MIB + 1);
    const put = await fileTransfer(["put", "-", `${tcp}/inbox/file`], { input: bytes });
    expect(put).toMatchObject({ code: 0, stderr: expect.stringMatching(/^1 file sent, /) });
    expect(readFileSync(join(there, "inbox/file")).equals(bytes)).toBe(true);
    const get = await fileTransfer(["get", `${tcp}/inbox/file`, "-"]);
    expect(get).toMatchObject({ code: 0, stderr: expect.stringMatching(/^1 file fetched, /) });
    expect(get.stdout.equals(bytes)).toBe(true);
  });

  test.each([
    ["input without a name", () => ["put", "-", tcp], 2],
    ["input with others", () => ["put", "-", "x", `${tcp}/y`], 2],
    ["a folder", () => ["get", `${tcp}/folder`, "-"], 2],
    ["a file with --json", () => ["get", `${tcp}/file`, "-", "--json"], 2],
    ["a file that is not there", () => ["get", `${tcp}/file`, "-"], 1],
  ])("%s is not taken, and nothing comes out", async (_what, args, code) => {
    mkdirSync(join(there, "folder"));
    const ended = await fileTransfer(args(), { input: Buffer.from("x") });
    expect(ended.code).toBe(code);
    expect(ended.stdout.toString()).toBe("");
  });
});

describe("--rate", () => {
  const rate = 2 * MIB;
  const seconds = 3;
  /** In seconds, with the start of the process. */
  async function took(args: readonly string[]): Promise<number> {
    const beganMs = performance.now();
    expect(await fileTransfer(args)).toMatchObject({ code: 0 });
    return (performance.now() - beganMs) / 1000;
  }

  test.each(["put", "get"] as const)("of a client: %s takes what the rate says", async (command) => {
    writeFileSync(join(here, "file"), randomBytes(rate * seconds));
    writeFileSync(join(there, "file"), randomBytes(rate * seconds));
    const args =
      command === "put" ? [join(here, "file"), `${tcp}/sent`] : [`${tcp}/file`, join(here, "back")];
    const { stderr } = await fileTransfer([command, ...args, "--rate", "2M"]);
    const [, measured] = /in ([\d.]+) s/.exec(stderr) ?? [];
    expect(Number(measured)).toBeGreaterThan(0.97 * seconds);
    // To sync it to a busy disk takes its time, too.
    expect(Number(measured)).toBeLessThan(2 * seconds);
  });

  test("of a server: all its clients together get no more than it says, over TCP and HTTP", async () => {
    await server.stop("SIGKILL");
    ({
      server,
      urls: [tcp = "", ws = ""],
    } = await startServer(there, [tcp, ws], ["--rate", "2M"]));
    writeFileSync(join(there, "file"), randomBytes((rate * seconds) / 3));
    const link = `${ws.replace(/^ws/, "http").replace(/\/$/, "")}/files/file`;
    const clients = [
      ...["one", "two"].map((name) => took(["get", `${tcp}/file`, join(here, name)])),
      (async () => {
        const beganMs = performance.now();
        await (await fetch(link)).arrayBuffer();
        return (performance.now() - beganMs) / 1000;
      })(),
    ];
    const times = (await Promise.all(clients)).toSorted((a, b) => a - b);
    expect(times.at(-1)).toBeGreaterThan(0.97 * seconds);
  });
});

test("a folder to serve that is not there is told", async () => {
  const { code, stderr } = await fileTransfer([
    "server",
    "--folder",
    join(folder, "none"),
    "--listen",
    "tcp://127.0.0.1:0",
  ]);
  expect(stderr).toContain("none");
  expect(code).not.toBe(0);
});

test("list and stat tell what is there; remove takes it away", async () => {
  makeTree(join(here, "tree"));
  await fileTransfer(["put", join(here, "tree"), tcp]);
  const list = await fileTransfer(["list", `${tcp}/tree`, "--json"]);
  const entries = list.stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { path: string });
  expect(entries.map(({ path }) => path)).toEqual(
    readdirSync(join(here, "tree"))
      .map((name) => `tree/${name}`)
      .toSorted(),
  );
  const [one, two] = await Promise.all(
    ["small", "small"].map(async (name) =>
      (await fileTransfer(["stat", `${tcp}/tree/${name}`, "--hash", "sha256"])).stdout.toString(),
    ),
  );
  expect(one).toMatch(/-rw-r----- .* tree\/small\nsha256 of the whole: [0-9a-f]{64}\n/);
  expect(two).toBe(one);
  expect(await fileTransfer(["remove", `${tcp}/tree`])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/tree cannot be removed: there is something in it; -r removes all of it/),
  });
  expect(await fileTransfer(["remove", "-r", `${tcp}/tree`])).toMatchObject({ code: 0 });
  expect(readdirSync(there).filter((name) => name !== ".socketlab")).toEqual([]);
});

test("what is no file is skipped and told; what cannot be read fails, the rest is sent", async () => {
  writeFileSync(join(here, "good"), "good");
  symlinkSync("/etc/passwd", join(here, "link"));
  const { code, stderr } = await fileTransfer(["put", here, tcp]);
  expect(stderr).toMatch(/skipped: .*link: it is neither a file nor a folder/);
  expect(code).toBe(0);
  expect(contentOf(join(there, "here"))).toEqual({ good: Buffer.from("good") });
});

test.each([
  ["no URL", ["put", "x"], /what to send and where to are needed/],
  ["a path that leads out", ["list", "tcp://127.0.0.1:1/../x"], /"\.\." could lead out/],
  ["udp", ["list", "udp://127.0.0.1:1"], /loses messages/],
  ["a wrong hash", ["get", "tcp://127.0.0.1:1/x", "--hash", "md5"], /"md5" is none of blake3, sha256, none/],
])("%s is wrong usage", async (_what, args, sentence) => {
  const { code, stderr, stdout } = await fileTransfer(args);
  expect(stderr).toMatch(sentence);
  expect(stdout.toString()).toBe("");
  expect(code).toBe(2);
});

test("a file that is not here is told, and nothing is sent", async () => {
  const { code, stderr } = await fileTransfer(["put", join(here, "none"), tcp]);
  expect(stderr).toMatch(/cannot read ".*none" \(ENOENT\)/);
  expect(code).toBe(1);
});

test.runIf(process.platform === "linux")("where no folder can be made it ends, and says so", async () => {
  writeFileSync(join(there, "file"), "x");
  expect(await fileTransfer(["get", `${tcp}/file`, "/proc/x/file"])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/cannot write "\/proc\/x\/[^\n]*EPERM/),
  });
});

test("what is not there is refused in a sentence", async () => {
  expect(await fileTransfer(["get", `${tcp}/nothing`])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("nothing"),
  });
});

describe("interrupted with kill -9 at random moments, and run again", () => {
  const size = 160 * MIB;
  const random = seededRandom(7);
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

  test.each(["the client", "the server"])("%s: it goes on, and every byte is right", async (who) => {
    writeFileSync(join(here, "big"), randomBytes(size));
    let interrupted = 0;
    for (const direction of ["put", "get"] as const) {
      const args =
        direction === "put" ? ["put", join(here, "big"), tcp] : ["get", `${tcp}/big`, join(here, "back")];
      const final = direction === "put" ? join(there, "big") : join(here, "back/big");
      for (let kill = 0; kill < 4; kill++) {
        const client = TestProcess.start(process.execPath, [main, ...args, "--retries", "0"]);
        await wait(250 + random() * 250);
        if (who === "the server") {
          await server.stop("SIGKILL");
          await client.ended;
          await start();
        } else await client.stop("SIGKILL");
        if ((await client.ended).code !== 0) interrupted++;
        // It is there as a whole, or not at all.
        if (existsSync(final)) expect(readFileSync(final).equals(readFileSync(join(here, "big")))).toBe(true);
      }
      expect(await fileTransfer(args)).toMatchObject({ code: 0 });
      expect(readFileSync(final).equals(readFileSync(join(here, "big")))).toBe(true);
    }
    // Else nothing was tried.
    expect(interrupted).toBeGreaterThan(0);
  });
});
