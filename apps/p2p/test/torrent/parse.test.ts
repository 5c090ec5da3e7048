// What a torrent says is what its bytes say, under the hash of those bytes; what cannot be is refused with a sentence.
import { createHash } from "node:crypto";
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode, type Encodable } from "../../src/bencode/encode.ts";
import { pieceBytes } from "../../src/torrent/info.ts";
import { parseInfo } from "../../src/torrent/parse-info.ts";
import { parseMetainfo } from "../../src/torrent/parse-metainfo.ts";
import { infoBytes, KIB, several, single } from "./torrents.ts";

const sha1 = (bytes: Uint8Array): Uint8Array => Uint8Array.from(createHash("sha1").update(bytes).digest());
const ascii = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("an info dictionary", () => {
  test("of one file says its name, length and pieces", () => {
    const bytes = infoBytes({ pieces: Uint8Array.from({ length: 140 }, (_, at) => at) });
    const info = parseInfo(bytes);
    expect(info).toMatchObject({
      name: "film.mkv",
      isFolder: false,
      length: 100_000,
      pieceCount: 7,
      isPrivate: false,
    });
    expect(info.files).toEqual([{ path: ["film.mkv"], length: 100_000, offset: 0, isPadding: false }]);
    expect(info.bytes).toEqual(bytes);
    expect(info.infoHash).toEqual(sha1(bytes));
    expect(info.hashes.of(6)).toEqual(Uint8Array.from({ length: 20 }, (_, at) => 120 + at));
    expect(() => info.hashes.of(7)).toThrow(RangeError);
    expect(pieceBytes(info, 0)).toBe(16 * KIB);
    expect(pieceBytes(info, 6)).toBe(100_000 - 6 * 16 * KIB);
  });

  test("of several files says where each begins; empty ones are among them", () => {
    const { files, name, isFolder, length } = parseInfo(encode(several));
    expect({ name, isFolder, length }).toEqual({ name: "photos", isFolder: true, length: 30 * KIB });
    expect(files.map(({ path, offset }) => [path.join("/"), offset])).toEqual([
      ["a.txt", 0],
      ["empty", 10 * KIB],
      ["sub/b c.txt", 10 * KIB],
    ]);
  });

  test("may be private", () => {
    expect(parseInfo(infoBytes({ private: 1 })).isPrivate).toBe(true);
    expect(parseInfo(infoBytes({ private: 0 })).isPrivate).toBe(false);
  });

  test("may have pieces of any length, also one that is no power of two, or longer than all", () => {
    expect(parseInfo(infoBytes({ "piece length": 50_000, pieces: new Uint8Array(40) })).pieceCount).toBe(2);
    expect(parseInfo(infoBytes({ "piece length": 99_999, pieces: new Uint8Array(40) })).pieceCount).toBe(2);
    expect(parseInfo(infoBytes({ "piece length": 2 ** 27, pieces: new Uint8Array(20) })).pieceCount).toBe(1);
  });

  test("is hashed with what this program does not know in it", () => {
    const bytes = infoBytes({ source: "somewhere", "x-unknown": [1, { a: "b" }] });
    expect(parseInfo(bytes).infoHash).toEqual(sha1(bytes));
  });

  test("may give its names in UTF-8 besides another encoding", () => {
    const files = [{ length: 30 * KIB, path: [ascii("\xc8\xd5")], "path.utf-8": ["日"] }];
    const info = parseInfo(infoBytes({ name: ascii("\xb1\xbe"), "name.utf-8": "本", files }, several));
    expect([info.name, info.files[0]!.path]).toEqual(["本", ["日"]]);
  });

  test("may have padding between its files (BEP 47), which clashes with nothing", () => {
    const padding = { length: 6 * KIB, path: [".pad", "6144"], attr: "p" };
    const file = { length: 10 * KIB, path: ["a"] };
    const files = [file, padding, { ...file, path: ["b"] }, { ...padding, path: ["..", "x"] }];
    const info = parseInfo(infoBytes({ files }, several));
    expect(info.files.map(({ path, offset, isPadding }) => [path.join("/"), offset, isPadding])).toEqual([
      ["a", 0, false],
      [".pad/6144", 10 * KIB, true],
      ["b", 16 * KIB, false],
      [".pad/6144", 26 * KIB, true],
    ]);
  });

  test("may have links, which are counted and left out", () => {
    const link = { path: ["link"], attr: "l", "symlink path": ["..", "..", "etc", "passwd"] };
    const files = [{ ...link, length: 0 }, ...several.files, link];
    const info = parseInfo(infoBytes({ files }, several));
    expect([info.linkCount, info.files.length]).toEqual([2, 3]);
  });

  test("of v1 and v2 at once is read as v1", () => {
    const tree = { "film.mkv": { "": { length: 100_000, "pieces root": new Uint8Array(32) } } };
    expect(parseInfo(infoBytes({ "meta version": 2, "file tree": tree })).length).toBe(100_000);
  });

  test("of v2 alone is refused as that", () => {
    const bytes = infoBytes({ "meta version": 2, "file tree": {}, pieces: undefined, length: undefined });
    expect(() => parseInfo(bytes)).toThrow(
      "it is a torrent of BitTorrent v2 alone, which is not supported yet",
    );
    expect(() => parseInfo(bytes)).toThrow(expect.objectContaining({ code: "v2-only" }));
  });
});

describe("is refused:", () => {
  const tooMany = 2 ** 21 + 1;
  test.each<[string, Uint8Array, string]>([
    ["a list", encode([]), "its info is not a dictionary"],
    ["no hashes", infoBytes({ pieces: undefined }), "it has no hashes of pieces"],
    ["no name", infoBytes({ name: undefined }), "it has no name"],
    ["a number for a name", infoBytes({ name: 1 }), '"name" is an integer, where a string belongs'],
    ["neither length nor files", infoBytes({ length: undefined }), "neither how long its file is"],
    ["both length and files", infoBytes({ files: several.files }), "both how long its file is and which"],
    ["a negative length", infoBytes({ length: -1 }), "its file has -1 bytes"],
    ["nothing in it", infoBytes({ length: 0, pieces: new Uint8Array() }), "all its files are empty"],
    ["no pieces' length", infoBytes({ "piece length": undefined }), "how long its pieces are"],
    ["pieces of no length", infoBytes({ "piece length": 0 }), "its pieces have 0 bytes"],
    ["pieces of a negative length", infoBytes({ "piece length": -16_384 }), "its pieces have -16384 bytes"],
    ["huge pieces", infoBytes({ "piece length": 2 ** 40 }), "its pieces have 1099511627776 bytes"],
    [
      "a hash too few",
      infoBytes({ pieces: new Uint8Array(120) }),
      "have 7 hashes of 20 bytes; its hashes have 120",
    ],
    ["a hash too many", infoBytes({ pieces: new Uint8Array(160) }), "its hashes have 160 bytes together"],
    ["a part of a hash", infoBytes({ pieces: new Uint8Array(139) }), "its hashes have 139 bytes together"],
    ["a huge length", infoBytes({ length: 2 ** 53 - 1 }), "and 2097152 are taken at most"],
    [
      "too many pieces",
      infoBytes({ "piece length": 1, length: tooMany, pieces: new Uint8Array(20 * tooMany) }),
      "it has 2097153 pieces",
    ],
    ["no files", infoBytes({ files: [] }, several), "it has no files"],
    [
      "only padding",
      infoBytes({ files: [{ length: 0, path: ["x"], attr: "p" }] }, several),
      "all its files are empty",
    ],
    ["a file that is none", infoBytes({ files: [1] }, several), "file 1 is not a dictionary"],
    [
      "a file without length",
      infoBytes({ files: [{ path: ["a"] }] }, several),
      "file 1 has a wrong length: none",
    ],
    [
      "a file of negative length",
      infoBytes({ files: [...several.files, { length: -1, path: ["x"] }] }, several),
      "file 4 has a wrong length: -1",
    ],
    ["a file without path", infoBytes({ files: [{ length: 1 }] }, several), "file 1 has no path"],
    [
      "a number for a name in a path",
      infoBytes({ files: [{ length: 1, path: [1] }] }, several),
      "other than names",
    ],
    [
      "a link with content",
      infoBytes({ files: [{ length: 1, path: ["a"], attr: "l" }] }, several),
      "wrong length: 1",
    ],
    [
      "files of 2⁵³ bytes together",
      infoBytes(
        {
          files: [
            { length: 2 ** 53 - 1, path: ["a"] },
            { length: 1, path: ["b"] },
          ],
        },
        several,
      ),
      "more than 2⁵³ − 1 bytes together",
    ],
    [
      "something behind it",
      Buffer.concat([encode(single), ascii("\n")]),
      "the value has ended, and 1 more bytes",
    ],
  ])("an info with %s", (_what, bytes, sentence) => {
    expect(() => parseInfo(bytes)).toThrow(sentence);
    expect(() => parseInfo(bytes)).toThrow(ProtocolError);
  });

  test.each<[string, Uint8Array, string]>([
    ["without info", encode({ announce: "http://a" }), 'it has no "info"'],
    ["of nothing", new Uint8Array(), "a dictionary belongs here, not the end"],
    ["with unsorted keys", ascii(`d4:info${latin1(encode(single))}8:announce1:xe`), "and keys are sorted"],
    [
      "with unsorted keys in its info",
      ascii("d4:infod4:name1:a6:lengthi1eee"),
      'the key "length" comes behind "name"',
    ],
    [
      "with two infos",
      ascii(`d4:info${latin1(encode(single))}4:info${latin1(encode(single))}e`),
      'the key "info" comes a second time',
    ],
    [
      "with trailing data",
      Buffer.concat([encode({ info: single }), encode({ info: single })]),
      "more bytes follow",
    ],
    [
      "with trackers that are numbers",
      encode({ info: single, "announce-list": [[1]] }),
      "trackers are not all strings",
    ],
    ["with deep nesting", ascii(`d1:a${"l".repeat(500)}${"e".repeat(500)}e`), "within one another"],
  ])("a torrent %s", (_what, bytes, sentence) => {
    expect(() => parseMetainfo(bytes)).toThrow(sentence);
    expect(() => parseMetainfo(bytes)).toThrow(ProtocolError);
  });
});

describe("a .torrent file", () => {
  const trackersOf = (fields: Record<string, Encodable>): unknown =>
    parseMetainfo(encode({ ...fields, info: single })).trackers;

  test("says besides its info who made it when, and what of it", () => {
    const fields = { comment: "hé", "created by": "someone", "creation date": 1_600_000_000, info: single };
    expect(parseMetainfo(encode(fields))).toMatchObject({
      trackers: [],
      comment: "hé",
      createdBy: "someone",
      creationDate: 1_600_000_000,
      info: { name: "film.mkv", infoHash: sha1(encode(single)) },
    });
  });

  test("has one tracker, or tiers of them, which then count alone (BEP 12)", () => {
    expect(trackersOf({ announce: "http://a" })).toEqual([["http://a"]]);
    const tiers = [["http://b", "udp://c:1"], ["http://d"]];
    expect(trackersOf({ announce: "http://a", "announce-list": tiers })).toEqual(tiers);
  });

  test("may have lists of trackers that others left empty, or wrote without their tier", () => {
    expect(trackersOf({ announce: "http://a", "announce-list": [[], [""]] })).toEqual([["http://a"]]);
    expect(trackersOf({ "announce-list": ["http://b", []] })).toEqual([["http://b"]]);
    expect(trackersOf({ announce: "" })).toEqual([]);
  });
});

test("a torrent with bytes of it changed is parsed, under the hash of its bytes, or is refused", () => {
  const whole = encode({ announce: "http://a", info: { ...several, private: 1 } });
  const change = fc.tuple(
    fc.nat({ max: whole.length - 1 }),
    fc.constantFrom(...ascii("019-ideul:./\0p"), 0xff),
  );
  let parsed = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = whole.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        const { info } = parseMetainfo(bytes);
        expect(info.infoHash).toEqual(sha1(info.bytes));
        expect(info.files.reduce((sum, file) => sum + file.length, 0)).toBe(info.length);
        expect(pieceBytes(info, info.pieceCount - 1)).toBeGreaterThan(0);
        expect(pieceBytes(info, info.pieceCount - 1)).toBeLessThanOrEqual(info.pieceLength);
        parsed++;
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 5000 },
  );
  expect(parsed).toBeGreaterThan(100);
});

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
