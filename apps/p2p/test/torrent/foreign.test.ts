// Torrents of ours and of others are the same: one info-hash for the same files in pieces of the same length.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { needs, run } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Metainfo } from "../../src/torrent/info.ts";
import { formatMagnet } from "../../src/torrent/magnet.ts";
import { parseMetainfo } from "../../src/torrent/parse-metainfo.ts";
import { p2p } from "../processes.ts";

const tracker = "http://127.0.0.1:6969/announce";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "p2p-"));
  const lengths = {
    a: 300_000,
    "a b": 1,
    empty: 0,
    "sub/deeper/日本語 é.bin": 77_777,
    "sub/.hidden": 32_768,
    Z: 65_536,
  };
  for (const [path, length] of Object.entries(lengths)) {
    mkdirSync(dirname(join(folder, "shared", path)), { recursive: true });
    writeFileSync(join(folder, "shared", path), randomBytes(length));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ours(path: string, name: string, ...flags: string[]): Promise<Metainfo> {
  const output = join(folder, name);
  const { code, stderr } = await p2p([
    "create",
    join(folder, path),
    "--tracker",
    tracker,
    "-o",
    output,
    ...flags,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return parseMetainfo(readFileSync(output));
}

async function python(script: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("/usr/bin/python3", ["-W", "ignore", "-c", script, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.toString();
}

describe.each([
  ["a folder", "shared"],
  ["a file", "shared/a"],
])("%s has the info-hash that it has", (_what, path) => {
  test.each([
    ["in pieces of 32 KiB", 15, []],
    ["in pieces of 1 MiB, private", 20, ["--private"]],
  ])("by mktorrent, %s", needs("mktorrent"), async (_how, log2, flags) => {
    const name = `${path.replace("/", "-")}-${log2}`;
    const theirs = join(folder, `${name}.theirs`);
    const args = [
      "-a",
      tracker,
      "-l",
      String(log2),
      "-o",
      theirs,
      ...flags.map(() => "-p"),
      join(folder, path),
    ];
    expect((await run("mktorrent", args)).code).toBe(0);
    const { info, createdBy, trackers } = parseMetainfo(readFileSync(theirs));
    const made = await ours(path, `${name}.ours`, "--piece-length", String(2 ** log2), ...flags);
    expect(made.info.bytes).toEqual(info.bytes);
    expect(made.info.infoHash).toEqual(info.infoHash);
    expect(made.trackers).toEqual(trackers);
    expect(createdBy).toMatch(/mktorrent/u);
  });

  // Its own order of files is that of the disk, so it is given ours.
  test("by libtorrent", needs("python libtorrent"), async () => {
    const made = await ours(path, `${path.replace("/", "-")}.lt`, "--piece-length", "64k");
    const script = `
import libtorrent as lt, os, sys
root, *names = sys.argv[1:]
files = lt.file_storage()
for name in names:
    files.add_file(name, os.path.getsize(os.path.join(root, name)))
torrent = lt.create_torrent(files, 65536, lt.create_torrent.v1_only)
lt.set_piece_hashes(torrent, root)
sys.stdout.buffer.write(lt.bencode(torrent.generate()))`;
    const { info } = made;
    const names = info.files.map((file) => (info.isFolder ? [info.name, ...file.path] : file.path).join("/"));
    const root = join(folder, path, "..");
    const args = ["-W", "ignore", "-c", script, root, ...names];
    const { stdout, stderr } = await run("/usr/bin/python3", args);
    expect(stderr).toBe("");
    const theirs = parseMetainfo(stdout);
    expect(Buffer.from(theirs.info.infoHash).toString("hex")).toBe(
      Buffer.from(info.infoHash).toString("hex"),
    );
  });
});

test("libtorrent reads what we write as we do", needs("python libtorrent"), async () => {
  const { info, trackers } = await ours(
    "shared",
    "read.torrent",
    "--comment",
    "hé",
    "--tracker",
    "udp://127.0.0.1:1",
  );
  const script = `
import json, libtorrent as lt, sys
t = lt.torrent_info(sys.argv[1])
m = lt.parse_magnet_uri(sys.argv[2])
print(json.dumps([str(t.info_hash()), t.name(), t.comment(), t.num_pieces(), t.piece_length(),
  [[f.path, f.size] for f in t.files()], [[r.tier, r.url] for r in t.trackers()], str(m.info_hashes.v1), m.name, m.trackers]))`;
  const magnet = formatMagnet({ infoHash: info.infoHash, name: "hé & co", trackers: trackers.flat() });
  const read: unknown = JSON.parse(await python(script, join(folder, "read.torrent"), magnet));
  const hash = Buffer.from(info.infoHash).toString("hex");
  const files = info.files.map(({ path, length }) => [["shared", ...path].join("/"), length]);
  const tiers = trackers.flatMap((tier, at) => tier.map((url) => [at, url]));
  expect(read).toEqual([
    hash,
    "shared",
    "hé",
    info.pieceCount,
    info.pieceLength,
    files,
    tiers,
    hash,
    "hé & co",
    trackers.flat(),
  ]);
});

test(
  "a torrent of v1 and v2 that libtorrent made, with padding, is read as v1; one of v2 alone is refused",
  needs("python libtorrent"),
  async () => {
    const script = `
import base64, json, libtorrent as lt, os, sys
root, flag = sys.argv[1], int(sys.argv[2])
files = lt.file_storage()
lt.add_files(files, os.path.join(root, "shared"))
torrent = lt.create_torrent(files, 65536, flag)
lt.set_piece_hashes(torrent, root)
whole = lt.bencode(torrent.generate())
info = lt.torrent_info(lt.bdecode(whole))
fs = info.files()
print(json.dumps([base64.b64encode(whole).decode(), str(info.info_hashes().v1), info.num_pieces(),
  [[fs.file_size(i), bool(fs.file_flags(i) & 1), fs.file_offset(i)] for i in range(fs.num_files())]]))`;
    type Read = [whole: string, infoHash: string, pieceCount: number, files: [number, boolean, number][]];
    const [whole, infoHash, pieceCount, files] = JSON.parse(await python(script, folder, "0")) as Read;
    const { info } = parseMetainfo(Buffer.from(whole, "base64"));
    expect(Buffer.from(info.infoHash).toString("hex")).toBe(infoHash);
    expect(info.pieceCount).toBe(pieceCount);
    expect(info.files.map(({ length, isPadding, offset }) => [length, isPadding, offset])).toEqual(files);
    expect(info.files.some(({ isPadding }) => isPadding)).toBe(true);

    const [v2] = JSON.parse(await python(script, folder, "32")) as Read;
    expect(() => parseMetainfo(Buffer.from(v2, "base64"))).toThrow("v2 alone");
  },
);
