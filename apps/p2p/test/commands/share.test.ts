// `p2p share` as a stranger types it: what it prints, where it waits, how it ends, and what it says when it cannot.
import { closeSync, existsSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { freePort, needs, TestProcess } from "@socketlab/core/test-kit";
import { describe, expect, test } from "vitest";
import { p2p } from "../processes.ts";
import { app } from "../tracker/process.ts";
import { counts, LISTEN, make, openScene, records, start } from "./scene.ts";

const scene = openScene();

test("it prints the magnet link on standard output and nothing else, until Ctrl-C, which is no failure", async () => {
  const { folder, magnet } = await make(scene, "film.mkv");
  const sharing = start("share", join(folder, "film.mkv"), "--piece-length", "16k", ...LISTEN);
  await sharing.says(/shares 2\.86 MiB at tcp:\/\/127\.0\.0\.1:\d+, until Ctrl-C/);
  const ended = await sharing.stop("SIGINT");
  expect(ended.code).toBe(0);
  expect(ended.stdout.toString()).toBe(`${magnet}\n`);
  expect(ended.stderr.trim().split("\n")).toHaveLength(1);
});

test("with --output the torrent is kept, and is the one of the link", async () => {
  const { folder, magnet } = await make(scene, "photos");
  const kept = join(folder, "kept.torrent");
  const sharing = start(
    "share",
    join(folder, "photos"),
    "--piece-length",
    "16k",
    "--output",
    kept,
    ...LISTEN,
  );
  await sharing.says(/^magnet:/m);
  expect(await sharing.stop()).toMatchObject({ code: 0 });
  const { stdout } = await p2p(["inspect", kept, "--json"]);
  expect(JSON.parse(stdout.toString())).toMatchObject({ magnet });
});

test("with --json each line is a record: what is shared and where, and how it stands", async () => {
  const { folder, torrent, magnet } = await make(scene, "photos");
  const sharing = start("share", join(folder, "photos"), "--torrent", torrent, "--json", ...LISTEN);
  await sharing.says(/"event":"progress"/);
  const { stdout, stderr, code } = await sharing.stop();
  expect([code, stderr]).toEqual([0, ""]);
  const [first, ...rest] = records(stdout);
  expect(first).toMatchObject({
    event: "listening",
    endpoint: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
    name: "photos",
    magnet,
    pieceCount: 23,
    files: [{ path: "a.jpg" }, { path: "b.jpg" }, { path: "sub/c" }],
  });
  for (const record of rest)
    expect(record).toMatchObject({ event: "progress", pieces: 23, left: 0, peers: 0 });
});

test("a file that is changed meanwhile: nobody gets what was changed, and everybody the rest", async () => {
  const { folder, torrent } = await make(scene, "film.mkv");
  const film = join(folder, "film.mkv");
  const sharing = start("share", film, "--torrent", torrent, "--json", ...LISTEN);
  await sharing.says(/"event":"listening"/);
  const door = /"endpoint":"tcp:\/\/([\d.:]+)"/.exec(sharing.stdout)![1]!;
  const file = openSync(film, "r+");
  writeSync(file, "changed", 5 * 16_384);
  closeSync(file);
  const getting = start("get", torrent, "--to", join(folder, "there"), "--peer", door, "--json", ...LISTEN);
  await getting.says(/"pieces":183,"wantedPieces":184/);
  expect(await getting.stop("SIGINT")).toMatchObject({ code: 130 });
  expect(await sharing.stop()).toMatchObject({ code: 0, stderr: "" });
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "the tracker hears that it comes, and after %s that it leaves",
  async (signal) => {
    const made = await make(scene, "film.mkv", "--tracker", scene.tracker.http);
    const sharing = start("share", join(made.folder, "film.mkv"), "--torrent", made.torrent, ...LISTEN);
    await expect.poll(() => counts(scene, made)).toMatchObject({ seeds: 1, leechers: 0 });
    expect(await sharing.stop(signal)).toMatchObject({ code: 0 });
    expect(await counts(scene, made)).toMatchObject({ seeds: 0, leechers: 0 });
  },
);

test("a tracker that is down is told, and it is shared all the same", async () => {
  const { folder } = await make(scene, "film.mkv");
  const url = "http://127.0.0.1:1/announce";
  const sharing = start("share", join(folder, "film.mkv"), "--tracker", url, ...LISTEN);
  await sharing.says(/^cannot ask http:\/\/127\.0\.0\.1:1\/announce: nothing listens there/m);
  expect(await sharing.stop()).toMatchObject({ code: 0 });
});

test(
  "without --listen it waits at port 6881, or the next that is free",
  needs("network namespaces"),
  async () => {
    const { folder, torrent } = await make(scene, "film.mkv");
    const file = join(folder, "film.mkv");
    // A network of its own, in which nobody else has these ports.
    const network = TestProcess.start("unshare", [
      "--net",
      "sh",
      "-c",
      "ip link set lo up; echo up; exec sleep 600",
    ]);
    await network.says(/up/);
    const inside = [`--net=/proc/${network.child.pid}/ns/net`, process.execPath, app.main];
    const peers: TestProcess[] = [];
    for (const port of [6881, 6882, 6883]) {
      const peer = TestProcess.start("nsenter", [...inside, "share", file, "--torrent", torrent, "--json"]);
      peers.push(peer);
      await peer.says(new RegExp(`"listening","endpoint":"tcp://[^"]*:${port}"`));
    }
    for (const each of [...peers, network]) await each.stop();
  },
);

describe("what cannot be done is said in a line", () => {
  test.each([
    [[], 2, /one file or folder is needed/],
    [["nothing"], 1, /cannot read "nothing" \(ENOENT\)/],
    [["page.html", "--tracker", "ftp://a"], 2, /is not the URL of a tracker/],
    [["page.html", "--private"], 2, /--private needs a --tracker/],
    [["page.html", "--torrent", "page.html"], 1, /"page\.html" is not a torrent/],
    [
      ["page.html", "--output", "page.html"],
      1,
      /is there already; share by it with --torrent "page\.html", remove it/,
    ],
    [["page.html", "--slots", "many"], 2, /--slots: /],
  ] as const)("%j", async (args, code, said) => {
    writeFileSync(join(scene.folder, "page.html"), "<html>");
    const ended = await p2p(["share", ...args], { cwd: scene.folder });
    expect(ended).toMatchObject({ code, stderr: expect.stringMatching(said) });
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stdout.toString()).toBe("");
  });

  test("a port that another process has", async () => {
    const { folder, torrent } = await make(scene, "film.mkv");
    const args = ["share", join(folder, "film.mkv"), "--torrent", torrent];
    args.push("--listen", `tcp://127.0.0.1:${await freePort()}`);
    const first = start(...args);
    await first.says(/^magnet:/m);
    expect(await p2p(args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/another process listens there/),
    });
    await first.stop();
  });

  test("a torrent of something else", async () => {
    const [{ folder }, { torrent }] = [await make(scene, "film.mkv"), await make(scene, "photos")];
    expect(await p2p(["share", join(folder, "film.mkv"), "--torrent", torrent, ...LISTEN])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the torrent is of "photos", and not of "film\.mkv"/),
    });
  });

  test("a torrent of which nothing is there", async () => {
    const { folder, torrent } = await make(scene, "film.mkv");
    rmSync(join(folder, "film.mkv"));
    const ended = await p2p(["share", join(folder, "film.mkv"), "--torrent", torrent, ...LISTEN]);
    expect(ended.stderr).toMatch(/nothing of "film\.mkv" is in/);
    expect([ended.code, existsSync(join(folder, "film.mkv"))]).toEqual([2, false]);
  });
});
