// `p2p get` as a stranger types it: what arrives, what is said, how it ends, and what is there when it is run again.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needs, run, TmuxTerminal, type TestProcess } from "@socketlab/core/test-kit";
import { describe, expect, test } from "vitest";
import { p2p } from "../processes.ts";
import { app } from "../tracker/process.ts";
import { counts, FILM_BYTES, LISTEN, make, openScene, PIECE, records, seed, start } from "./scene.ts";

const scene = openScene();
let folders = 0;
/** A folder of its own each time. */
const some = (): string => join(scene.folder, `to-${++folders}`);
const film = (to: string): Buffer => readFileSync(join(to, "film.mkv"));
const withTracker = (): string[] => ["--tracker", scene.tracker.http];

test("a file arrives, and a second run ends at once", async () => {
  const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
  await seed(made);
  const first = await p2p(["get", made.torrent, "--to", to, ...LISTEN]);
  expect(first).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^film\.mkv is there: 2\.86 MiB in /),
  });
  expect(first.stdout.toString()).toBe("");
  expect(await counts(scene, made)).toMatchObject({ seeds: 1, leechers: 0, completed: 1 });
  expect(film(to).equals(film(made.folder))).toBe(true);
  const second = await p2p(["get", made.torrent, "--to", to, ...LISTEN]);
  expect(second).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^film\.mkv is there: 0 bytes in /),
  });
});

test("by a magnet link it is said what it is, and it arrives", async () => {
  const [made, to] = [await make(scene, "photos", ...withTracker()), some()];
  await seed(made);
  const { code, stderr } = await p2p(["get", made.magnet, "--to", to, ...LISTEN]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^it is photos, 361 KiB\nphotos is there: /)]);
  for (const path of ["a.jpg", "b.jpg", "sub/c"])
    expect(
      readFileSync(join(to, "photos", path)).equals(readFileSync(join(made.folder, "photos", path))),
    ).toBe(true);
});

/** Settles when so many pieces are there. */
async function underway(getting: TestProcess, pieces: number): Promise<number> {
  const last = (): number =>
    Number(records(getting.stdout).findLast(({ pieces: n }) => n !== undefined)?.["pieces"] ?? 0);
  await expect.poll(last, { timeout: 20_000, interval: 20 }).toBeGreaterThan(pieces);
  return last();
}

test("after kill -9, and after Ctrl-C, it goes on where it was", async () => {
  const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
  await seed(made, "--upload-limit", "600k");
  const args = ["get", made.torrent, "--to", to, "--json", ...LISTEN];
  const first = start(...args);
  const atKill = await underway(first, 10);
  await first.stop("SIGKILL");
  const second = start(...args);
  const atInterrupt = await underway(second, atKill);
  expect(
    Number(records(second.stdout).find(({ event }) => event === "progress")!["pieces"]),
  ).toBeGreaterThanOrEqual(atKill);
  expect(await second.stop("SIGINT")).toMatchObject({ code: 130 });
  const third = await p2p(args);
  expect(third).toMatchObject({ code: 0, stderr: "" });
  const { downloaded } = records(third.stdout).at(-1)!;
  expect(downloaded).toBeLessThanOrEqual(FILM_BYTES - atInterrupt * PIECE + PIECE);
  expect(film(to).equals(film(made.folder))).toBe(true);
});

test("with --json each line is a record: listening, progress, complete", async () => {
  const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
  await seed(made, "--upload-limit", "1500k");
  const { stdout, stderr } = await p2p(["get", made.torrent, "--to", to, "--json", ...LISTEN]);
  expect(stderr).toBe("");
  const all = records(stdout);
  expect(all[0]).toEqual({
    event: "listening",
    endpoint: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
  });
  const number = expect.any(Number) as number;
  for (const record of all.slice(1, -1))
    expect(record).toEqual({
      event: "progress",
      pieces: number,
      wantedPieces: Math.ceil(FILM_BYTES / PIECE),
      left: number,
      downloaded: number,
      uploaded: number,
      downloadRate: number,
      uploadRate: number,
      peers: number,
    });
  expect(all.length).toBeGreaterThan(2);
  expect(all.at(-1)).toEqual({
    event: "complete",
    name: "film.mkv",
    downloaded: FILM_BYTES,
    seconds: number,
  });
});

test("when nobody reads what it prints any more (| head), it ends as with Ctrl-C, and goes on there the next time", async () => {
  const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
  await seed(made, "--upload-limit", "600k");
  const args = ["get", made.torrent, "--to", to, "--json", ...LISTEN];
  const getting = start(...args);
  await underway(getting, 20);
  getting.child.stdout.destroy();
  expect(await getting.ended).toMatchObject({ code: 130, stderr: "" });
  expect(await counts(scene, made)).toMatchObject({ seeds: 1, leechers: 0 });
  const { downloaded } = records((await p2p(args)).stdout).at(-1)!;
  expect(downloaded).toBeLessThan(FILM_BYTES - 20 * PIECE);
});

test.skipIf(process.platform !== "linux")("what cannot be printed is said in a line", async () => {
  const { torrent } = await make(scene, "film.mkv");
  const command = 'exec "$0" "$@" > /dev/full';
  const ended = await run("sh", ["-c", command, process.execPath, app.main, "inspect", torrent]);
  expect(ended).toMatchObject({ code: 1, stderr: "p2p: cannot write to standard output (ENOSPC)\n" });
});

test("with --seed others get it from there until SIGTERM, and the tracker hears of each step", async () => {
  const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
  const first = await seed(made);
  const getting = start("get", made.torrent, "--to", to, "--seed", ...LISTEN);
  await getting.says(/is there: .*; gives it to others until Ctrl-C/);
  await expect.poll(() => counts(scene, made)).toMatchObject({ seeds: 2, leechers: 0 });
  expect(await first.process.stop()).toMatchObject({ code: 0 });
  expect(await counts(scene, made)).toMatchObject({ seeds: 1, leechers: 0 });
  const next = some();
  expect(await p2p(["get", made.torrent, "--to", next, ...LISTEN])).toMatchObject({ code: 0 });
  expect(film(next).equals(film(made.folder))).toBe(true);
  expect(await getting.stop()).toMatchObject({ code: 0 });
  expect(await counts(scene, made)).toMatchObject({ seeds: 0, leechers: 0 });
});

test("that nobody is known to ask is said when something is missing, and not when all is there", async () => {
  const made = await make(scene, "film.mkv");
  const { folder, torrent } = made;
  const nobody = /^this torrent names no tracker, so nobody is known to ask/;
  const there = await p2p(["get", torrent, "--to", folder, ...LISTEN]);
  expect(there).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^film\.mkv is there: 0 bytes in .*\n$/),
  });
  const getting = start("get", torrent, "--to", some(), ...LISTEN);
  await getting.says(nobody);
  expect(await getting.stop("SIGINT")).toMatchObject({ code: 130 });
});

test("with --peer no tracker is needed, with a torrent or its link", async () => {
  const made = await make(scene, "film.mkv");
  const { at } = await seed(made);
  for (const source of [made.torrent, made.magnet]) {
    const to = some();
    expect(await p2p(["get", source, "--to", to, "--peer", at, ...LISTEN])).toMatchObject({ code: 0 });
    expect(film(to).equals(film(made.folder))).toBe(true);
  }
});

test("a private torrent arrives by its tracker", async () => {
  const [made, to] = [await make(scene, "film.mkv", ...withTracker(), "--private"), some()];
  await seed(made);
  expect(await p2p(["get", made.torrent, "--to", to, ...LISTEN])).toMatchObject({ code: 0 });
  expect(film(to).equals(film(made.folder))).toBe(true);
});

test("whoever has all that it wanted, and not all that there is, is no seed and no downloader to the tracker (BEP 21)", async () => {
  const made = await make(scene, "photos", ...withTracker());
  await seed(made);
  start("get", made.torrent, "--to", some(), "--select", "1", "--seed", ...LISTEN);
  await expect
    .poll(() => counts(scene, made), { timeout: 10_000 })
    .toMatchObject({ seeds: 1, leechers: 1, downloaders: 0 });
});

const photosIn = (to: string): string[] =>
  ["a.jpg", "b.jpg", "sub/c"].filter((path) => existsSync(join(to, "photos", path)));

test("with --select only those files are there, and a second run with others fetches these too", async () => {
  const [made, to] = [await make(scene, "photos", ...withTracker()), some()];
  await seed(made);
  expect(await p2p(["get", made.torrent, "--to", to, "--select", "1", ...LISTEN])).toMatchObject({ code: 0 });
  expect(photosIn(to)).toEqual(["b.jpg"]);
  const b = readFileSync(join(made.folder, "photos/b.jpg"));
  expect(readFileSync(join(to, "photos/b.jpg")).equals(b)).toBe(true);
  expect(await p2p(["get", made.torrent, "--to", to, ...LISTEN])).toMatchObject({ code: 0 });
  expect(photosIn(to)).toHaveLength(3);
});

test("by a magnet link that says which files are wanted, those are there; --select says it better", async () => {
  const made = await make(scene, "photos", ...withTracker());
  await seed(made);
  for (const [flags, files] of [
    [[], ["a.jpg", "sub/c"]],
    [["--select", "1"], ["b.jpg"]],
  ] as const) {
    const to = some();
    const got = await p2p(["get", `${made.magnet}&so=0,2`, "--to", to, ...flags, ...LISTEN]);
    expect([got.code, photosIn(to)]).toEqual([0, files]);
  }
});

test("with --sequential what is there is there from the beginning on", async () => {
  const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
  await seed(made, "--upload-limit", "600k");
  const getting = start("get", made.torrent, "--to", to, "--sequential", "--json", ...LISTEN);
  const pieces = await underway(getting, 40);
  // The last ones may have overtaken one another.
  const begun = (pieces - 10) * PIECE;
  expect(film(to).subarray(0, begun).equals(film(made.folder).subarray(0, begun))).toBe(true);
  await getting.stop("SIGKILL");
});

describe.each(["upload", "download"] as const)("--%s-limit", (which) => {
  test.each(["", "-per-peer"])("%s holds, and is used", async (per) => {
    const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
    const rate = 600_000;
    const limit = [`--${which}-limit${per}`, `${rate}`];
    await seed(made, ...(which === "upload" ? limit : []));
    const get = [
      "get",
      made.torrent,
      "--to",
      to,
      "--json",
      ...LISTEN,
      ...(which === "download" ? limit : []),
    ];
    const { seconds } = records((await p2p(get)).stdout).at(-1) as { seconds: number };
    expect(FILM_BYTES / seconds).toBeLessThan(1.02 * rate);
    expect(FILM_BYTES / seconds).toBeGreaterThan(0.5 * rate);
  });
});

const nobody = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567";

describe("what cannot be done is said in a line", () => {
  test.each([
    [[], 2, /one torrent or magnet link is needed/],
    [["nothing.torrent"], 1, /cannot read "nothing\.torrent" \(ENOENT\)/],
    [["page.html"], 1, /"page\.html" is not a torrent that can be used/],
    [[nobody], 2, /names no tracker and no peer.*name somebody with --peer HOST:PORT/],
    [[` ${nobody}\n`], 2, /names no tracker and no peer/],
    [["magnet:?xt=urn:btih:012"], 2, /"012" is no info-hash/],
    [[nobody, "--wat"], 2, /there is no flag --wat/],
    [[nobody, "--upload-limit", "5"], 2, /less than 1k/],
    [[nobody, "--select", "2-1"], 2, /not the number of a file/],
    [[nobody, "--listen", "udp://127.0.0.1:1"], 2, /peers speak over tcp:\/\//],
    [[nobody, "--peer", "127.0.0.1"], 2, /--peer/],
  ] as const)("%j", async (args, code, said) => {
    writeFileSync(join(scene.folder, "page.html"), "<html>");
    const ended = await p2p(["get", ...args], { cwd: scene.folder });
    expect(ended).toMatchObject({ code, stderr: expect.stringMatching(said) });
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
  });

  test.runIf(process.platform === "linux")("a folder where none can be made", async () => {
    const { torrent: path } = await make(scene, "photos");
    const ended = await p2p(["get", path, "--to", "/proc/x", ...LISTEN, "--quiet"]);
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("/proc/x cannot be used: the system does not permit it"),
    });
  });

  test("a file that the torrent does not have", async () => {
    const { torrent: path } = await make(scene, "photos");
    const ended = await p2p(["get", path, "--select", "7", ...LISTEN, "--quiet"]);
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no file 7: they are numbered 0 to 2/),
    });
  });

  test("a folder without a name", async () => {
    const { torrent: path } = await make(scene, "photos");
    const ended = await p2p(["get", path, "--to", ""]);
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^p2p: --to: the folder is missing; /),
    });
  });

  test("a place that is no folder", async () => {
    const { torrent: path } = await make(scene, "photos");
    const ended = await p2p(["get", path, "--to", path, ...LISTEN]);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/the\.torrent cannot be used/) });
  });

  test("a disk that is full", needs("a mount namespace"), async () => {
    const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
    await seed(made);
    mkdirSync(to);
    const script = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"';
    const get = [process.execPath, app.main, "get", made.torrent, "--to", to, ...LISTEN];
    const ended = await run("unshare", ["--mount", "--map-root-user", "sh", "-c", script, to, ...get]);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^p2p: .*the disk is full.*\n$/) });
  });
});

test("a tracker that is down is told once, and what others have comes all the same", async () => {
  const made = await make(scene, "film.mkv", "--tracker", "http://127.0.0.1:1/announce", ...withTracker());
  const to = some();
  await seed(made, "--upload-limit", "300k");
  const { code, stderr } = await p2p(["get", made.torrent, "--to", to, ...LISTEN]);
  expect(code).toBe(0);
  expect(stderr.match(/^cannot ask http:\/\/127\.0\.0\.1:1\/announce/gm)).toHaveLength(1);
});

test("in a terminal a line shows how far it is, and is gone at the end", needs("tmux"), async () => {
  const [made, to] = [await make(scene, "film.mkv", ...withTracker()), some()];
  await seed(made, "--upload-limit", "800k");
  using terminal = new TmuxTerminal(120);
  terminal.run(`${process.execPath} ${app.main} get ${made.torrent} --to ${to} ${LISTEN.join(" ")}`);
  await terminal.shows(/^ *\d+% \[█+░+\] \d+\/184 pieces ↓ [\d.]+ \w+\/s ↑ 0 bytes\/s 1 peer .*left/mu);
  const screen = await terminal.shows(/film\.mkv is there/);
  expect(screen).not.toMatch(/pieces/);
});

test("what is no torrent of theirs keeps nobody from going on", async () => {
  const [made, to] = [await make(scene, "film.mkv"), some()];
  const other = await make(scene, "photos");
  const { at } = await seed(made);
  const stranger = await seed(other);
  const get = ["get", made.torrent, "--to", to, "--peer", stranger.at, "--peer", at, ...LISTEN];
  expect(await p2p(get)).toMatchObject({ code: 0 });
});
