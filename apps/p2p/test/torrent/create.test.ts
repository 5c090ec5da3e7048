// What is made of files is a torrent of just these files, the same each time, with the hashes of its pieces.
import { createHash, randomBytes } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { choosePieceLength, createTorrent, type Ingredients } from "../../src/torrent/create.ts";
import { findFiles } from "../../src/torrent/find-files.ts";
import { hashFiles } from "../../src/torrent/hash-files.ts";
import { KIB } from "./torrents.ts";

const MIB = 1024 * KIB;
let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "p2p-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, Uint8Array | string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

const ingredients: Ingredients = {
  name: "film",
  isFolder: false,
  files: [{ path: ["film"], length: 3 }],
  pieceLength: 16 * KIB,
  hashes: new Uint8Array(20),
};
const text = (from: Partial<Ingredients>): string =>
  Buffer.from(createTorrent({ ...ingredients, ...from }).bytes).toString("latin1");

test("a torrent is written in one way, without a time that nobody asked for", () => {
  const nothing = "\0".repeat(20);
  const info = `d6:lengthi3e4:name4:film12:piece lengthi16384e6:pieces20:${nothing}e`;
  expect(text({})).toBe(`d4:info${info}e`);
  expect(text({ trackers: [["http://a"]] })).toBe(`d8:announce8:http://a4:info${info}e`);
  expect(text({ trackers: [["http://a", "http://b"]], creationDate: 7 })).toBe(
    `d8:announce8:http://a13:announce-listll8:http://a8:http://bee13:creation datei7e4:info${info}e`,
  );
  expect(text({ isPrivate: true })).toContain("7:privatei1ee");
});

test("what goes into a torrent comes out of it", () => {
  const name = fc.stringMatching(/^[a-zé日][\p{L} ]{0,8}[a-z]$/u);
  const anyFiles = fc.uniqueArray(
    fc.record({ path: fc.array(name, { minLength: 1, maxLength: 3 }), length: fc.nat({ max: 100_000 }) }),
    // Neither the same twice, nor a file where a folder is.
    { minLength: 1, maxLength: 6, selector: ({ path }) => path[0]!.toLowerCase() },
  );
  const anything = fc.record({
    files: anyFiles.filter((files) => files.some(({ length }) => length > 0)),
    pieceLength: fc.integer({ min: 1, max: 100 }).map((blocks) => blocks * KIB),
    isPrivate: fc.boolean(),
    trackers: fc.array(fc.array(fc.webUrl(), { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
    comment: fc.option(fc.string({ unit: "grapheme" }), { nil: undefined }),
    creationDate: fc.option(fc.nat(), { nil: undefined }),
  });
  fc.assert(
    fc.property(anything, (from) => {
      const length = from.files.reduce((sum, file) => sum + file.length, 0);
      const hashes = randomBytes(Math.ceil(length / from.pieceLength) * 20);
      const { metainfo } = createTorrent({ ...from, name: "shared", isFolder: true, hashes });
      const { info, trackers, comment, creationDate } = metainfo;
      expect(info.files.map(({ path, length: bytes }) => ({ path, length: bytes }))).toEqual(from.files);
      expect(Buffer.concat(Array.from({ length: info.pieceCount }, (_, at) => info.hashes.of(at)))).toEqual(
        hashes,
      );
      expect({ trackers, comment, creationDate }).toEqual({
        trackers: from.trackers,
        comment: from.comment,
        creationDate: from.creationDate,
      });
      expect([info.isPrivate, info.pieceLength, info.length]).toEqual([
        from.isPrivate,
        from.pieceLength,
        length,
      ]);
    }),
  );
});

test("what others would refuse is not made", () => {
  expect(() => createTorrent({ ...ingredients, name: "a/b" })).toThrow(ProtocolError);
  expect(() => createTorrent({ ...ingredients, hashes: new Uint8Array(40) })).toThrow(ProtocolError);
});

test("there are 1,000 to 2,000 pieces, unless they would be shorter than 16 KiB or longer than 16 MiB", () => {
  expect(choosePieceLength(1)).toBe(16 * KIB);
  expect(choosePieceLength(2000 * 16 * KIB)).toBe(16 * KIB);
  expect(choosePieceLength(2000 * 16 * KIB + 1)).toBe(32 * KIB);
  expect(choosePieceLength(2 ** 50)).toBe(16 * MIB);
  fc.assert(
    fc.property(fc.integer({ min: 1000 * 16 * KIB, max: 2000 * 16 * MIB }), (length) => {
      const pieces = length / choosePieceLength(length);
      expect(pieces).toBeGreaterThanOrEqual(1000);
      expect(pieces).toBeLessThanOrEqual(2000);
    }),
  );
});

describe("files are found", () => {
  test("in the order of their paths' bytes, which is no alphabet's", async () => {
    write({ "b/a": "1", "a b": "2", "a/x": "3", Z: "4", é: "5", "a-b": "6", 日: "7" });
    const { files, isFolder } = await findFiles(folder);
    expect(files.map(({ path }) => path.join("/"))).toEqual(["Z", "a b", "a-b", "a/x", "b/a", "é", "日"]);
    expect(isFolder).toBe(true);
  });

  test("without links, which are told", async () => {
    write({ a: "1", "sub/b": "2" });
    symlinkSync("/etc", join(folder, "sub/etc"));
    symlinkSync("nowhere", join(folder, "broken"));
    const { files, skipped } = await findFiles(folder);
    expect(files).toHaveLength(2);
    expect(skipped.toSorted()).toEqual([join(folder, "broken"), join(folder, "sub/etc")]);
  });

  test("behind a link that was named itself, under its name", async () => {
    write({ "real/a": "1" });
    symlinkSync("real", join(folder, "link"));
    expect(await findFiles(join(folder, "link"))).toMatchObject({
      name: "link",
      isFolder: true,
      files: [{ path: ["a"] }],
    });
  });

  test("unless there is nothing to share, or it is none", async () => {
    write({ empty: "", "folder/empty": "", "bad/a\nb": "1", "twice/a.": "1", "twice/a": "1" });
    mkdirSync(join(folder, "none/sub"), { recursive: true });
    const refused = (path: string) => expect(findFiles(join(folder, path))).rejects;
    await refused("empty").toThrow("cannot be shared: it is empty");
    await refused("folder").toThrow("it has nothing but empty files in it");
    await refused("none").toThrow("it has no file in it");
    await refused("missing").toThrow("(ENOENT)");
    await refused("bad").toThrow('"a?b" cannot be the name of a file');
    await refused("twice").toThrow("some disks take for the same");
    await expect(findFiles("/dev/null")).rejects.toThrow("is neither a file nor a folder");
  });
});

describe("hashes", () => {
  test("are those of the pieces, across files, whatever lengths they and the pieces have", async () => {
    const contents = [3 * MIB + 5, 0, 1, 16 * KIB, 100, MIB].map((length) => randomBytes(length));
    write(Object.fromEntries(contents.map((content, at) => [`file ${at}`, content])));
    const { files } = await findFiles(folder);
    const whole = Buffer.concat(contents);
    for (const pieceLength of [16 * KIB, 50_000, MIB, 2 * MIB, 16 * MIB]) {
      const expected = Array.from({ length: Math.ceil(whole.length / pieceLength) }, (_, piece) =>
        createHash("sha1")
          .update(whole.subarray(piece * pieceLength, (piece + 1) * pieceLength))
          .digest(),
      );
      let told = 0;
      const hashes = await hashFiles(files, pieceLength, { onChecked: (done) => void (told = done) });
      expect(Buffer.from(hashes)).toEqual(Buffer.concat(expected));
      expect(told).toBe(whole.length);
    }
  });

  test.each<[string, (path: string) => void]>([
    ["longer", (path) => appendFileSync(path, "x")],
    ["shorter", (path) => truncateSync(path, MIB)],
    ["empty", (path) => truncateSync(path, 0)],
    ["another", (path) => writeFileSync(path, randomBytes(3 * MIB))],
  ])("are not given when a file has become %s", async (_what, change) => {
    write({ a: randomBytes(3 * MIB), b: "1" });
    const { files } = await findFiles(folder);
    change(join(folder, "a"));
    await expect(hashFiles(files, 16 * KIB)).rejects.toThrow('a" changed while it was being read');
  });

  test("are not given when a file cannot be read, or nobody wants them any more", async () => {
    write({ a: randomBytes(3 * MIB) });
    const { files } = await findFiles(folder);
    await expect(hashFiles([{ ...files[0]!, local: join(folder, "gone") }], 16 * KIB)).rejects.toThrow(
      'gone" (ENOENT)',
    );
    const stop = new AbortController();
    const options = { signal: stop.signal, onChecked: () => stop.abort(new Error("enough")) };
    await expect(hashFiles(files, 16 * KIB, options)).rejects.toThrow("enough");
  });
});
