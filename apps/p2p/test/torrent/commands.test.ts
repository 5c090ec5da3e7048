// `p2p create` and `p2p inspect` as a person types them: what they print, write and say when it cannot be done.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import { describeReading } from "../../src/commands/reading.ts";
import { parseMagnet } from "../../src/torrent/magnet.ts";
import { parseMetainfo } from "../../src/torrent/parse-metainfo.ts";
import { p2p } from "../processes.ts";
import { single } from "./torrents.ts";

const hash = "0123456789abcdef0123456789abcdef01234567";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "p2p-"));
  mkdirSync(join(folder, "photos/2024"), { recursive: true });
  mkdirSync(join(folder, "nothing"));
  mkdirSync(join(folder, "linked"));
  writeFileSync(join(folder, "photos/2024/a.jpg"), Buffer.alloc(40_000, 1));
  writeFileSync(join(folder, "photos/b.txt"), "hello");
  writeFileSync(join(folder, "linked/a"), "hello");
  symlinkSync("/etc/passwd", join(folder, "linked/link"));
  writeFileSync(join(folder, "there.torrent"), encode({ info: single, comment: "\u001b[2Jred" }));
  writeFileSync(join(folder, "page.torrent"), "<html>");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function told(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { code, stdout, stderr } = await p2p(args, { cwd: folder });
  return { code, out: stdout.toString(), err: stderr };
}

test("create writes a torrent and prints what it is; inspect prints the same of it, and of its link", async () => {
  const flags = [
    "--tracker",
    "http://a/announce,udp://b:1",
    "--tracker",
    "http://c/",
    "--private",
    "--comment",
    "hé",
  ];
  const created = await told("create", "photos", ...flags);
  expect(created).toMatchObject({ code: 0, err: "" });
  const { info, trackers } = parseMetainfo(readFileSync(join(folder, "photos.torrent")));
  const hex = Buffer.from(info.infoHash).toString("hex");
  expect(created.out).toMatch(/^name {7}photos\/$/mu);
  expect(created.out).toContain(`info-hash  ${hex}\n`);
  expect(created.out).toContain("size       39.1 KiB (40005 bytes) in 2 files\npieces     3 of 16 KiB\n");
  expect(created.out).toContain("trackers   http://a/announce, udp://b:1\n           http://c/\n");
  expect(created.out).toContain("private    peers come from its trackers alone\ncomment    hé\n");
  expect(created.out).toMatch(/^written to photos\.torrent$/mu);
  expect(trackers).toEqual([["http://a/announce", "udp://b:1"], ["http://c/"]]);

  const inspected = await told("inspect", "photos.torrent", "--files");
  expect(inspected.out.startsWith(created.out.split("written")[0]!)).toBe(true);
  expect(inspected.out).toMatch(/^files {8}0 {3}39\.1 KiB {2}2024\/a\.jpg\n {13}1 {4}5 bytes {2}b\.txt$/mu);

  const link = /magnet:\S+/u.exec(created.out)![0];
  expect(parseMagnet(link)).toMatchObject({ infoHash: info.infoHash, name: "photos", length: 40_005 });
  expect((await told("inspect", link)).out).toContain(`info-hash  ${hex}\n`);
});

test("create makes the same bytes each time, unless it is to say when", async () => {
  for (const name of ["one", "two"])
    expect(await told("create", "photos", "-o", name)).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, "one"))).toEqual(readFileSync(join(folder, "two")));
  await told("create", "photos", "-o", "dated", "--date");
  const { creationDate } = parseMetainfo(readFileSync(join(folder, "dated")));
  expect(Math.abs(creationDate! - Date.now() / 1000)).toBeLessThan(60);
});

test("--json prints one object, the same words from both", async () => {
  const created = JSON.parse((await told("create", "photos", "-o", "json", "--json")).out) as object;
  const inspected = JSON.parse((await told("inspect", "json", "--json")).out) as object;
  expect(created).toEqual({ event: "created", output: "json", ...inspected });
  expect(inspected).toMatchObject({
    name: "photos",
    files: [
      { index: 0, path: "2024/a.jpg", length: 40_000 },
      { index: 1, path: "b.txt", length: 5 },
    ],
    pieceLength: 16_384,
    trackers: [],
  });
  const link = `magnet:?xt=urn:btih:${hash}&x.pe=127.0.0.1:1&so=1-2`;
  expect(JSON.parse((await told("inspect", link, "--json")).out)).toEqual({
    infoHash: hash,
    magnet: link,
    trackers: [],
    peers: [{ host: "127.0.0.1", port: 1 }],
    selected: [{ first: 1, last: 2 }],
  });
});

test("create leaves links out, says so, and ends with 3", async () => {
  const { code, out, err } = await told("create", "linked");
  expect({ code, err }).toEqual({
    code: 3,
    err: 'left out: "linked/link": it is a link, a pipe or a device\n',
  });
  expect(out).toContain("in 1 file\n");
});

test.skipIf(process.platform !== "linux")("create says which names some disks take for one", async () => {
  mkdirSync(join(folder, "alike"));
  for (const name of ["README", "readme"]) writeFileSync(join(folder, "alike", name), name);
  const { code, out, err } = await told("create", "alike");
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/^"readme" differs .* not every disk can keep both\n$/),
  ]);
  expect(out).toContain("in 2 files\n");
});

test("what a stranger has written into a torrent commands no terminal", async () => {
  const { out } = await told("inspect", "there.torrent");
  expect(out).toContain("comment    ?[2Jred\n");
});

describe("a sentence, and its exit code:", () => {
  test.each<[number, string, string[]]>([
    [1, 'cannot read "missing" (ENOENT)', ["create", "missing"]],
    [1, '"nothing" cannot be shared: it has no file in it', ["create", "nothing"]],
    [
      1,
      '"there.torrent" is there already; remove it, or name another with --output',
      ["create", "photos", "-o", "there.torrent"],
    ],
    [1, 'cannot write "no/x" (ENOENT)', ["create", "photos", "-o", "no/x"]],
    [2, "one file or folder is needed", ["create"]],
    [2, "one file or folder is needed", ["create", "photos", "linked"]],
    [2, '--tracker: "a" is not the URL of a tracker', ["create", "photos", "--tracker", "a"]],
    [2, '--tracker: "ws://a" is not the URL of a tracker', ["create", "photos", "--tracker", "ws://a"]],
    [2, "--private needs a --tracker", ["create", "photos", "--private"]],
    [
      2,
      '--piece-length: "20k" is not a power of two from 16k to 128M',
      ["create", "photos", "--piece-length", "20k"],
    ],
    [2, '--piece-length: "8k" is not a power of two', ["create", "photos", "--piece-length", "8k"]],
    [2, "did you mean --comment?", ["create", "photos", "--coment", "x"]],
    [1, 'cannot read "missing" (ENOENT)', ["inspect", "missing"]],
    [1, 'cannot read "photos" (EISDIR)', ["inspect", "photos"]],
    [
      1,
      '"page.torrent" is not a torrent that can be used: at byte 0: a dictionary belongs here, not "<"',
      ["inspect", "page.torrent"],
    ],
    [1, "it has more than 64 MiB", ["inspect", "/dev/zero"]],
    [2, "one torrent is needed", ["inspect"]],
    [2, "v2 alone (urn:btmh:), which is not supported yet", ["inspect", "magnet:?xt=urn:btmh:1220ab"]],
    [2, '"abc" is no info-hash', ["inspect", "magnet:?xt=urn:btih:abc"]],
  ])("%i: %s", async (code, sentence, args) => {
    const ended = await told(...args);
    expect(ended.err).toContain(sentence);
    expect(ended.err.trimEnd().split("\n")).toHaveLength(1);
    expect(ended).toMatchObject({ code, out: "" });
  });
});

test("a line of progress says how much is read, how fast, and how long it will take", () => {
  expect(describeReading(0, 1000, 0)).toBe(`  0% 0 bytes of 1000 bytes 0 bytes/s [${"░".repeat(30)}]`);
  expect(describeReading(512 * 1024, 1024 * 1024, 2000)).toBe(
    ` 50% 512 KiB of 1 MiB 256 KiB/s 2 s left [${"█".repeat(15)}${"░".repeat(15)}]`,
  );
});
