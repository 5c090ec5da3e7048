// What is kept comes back: any files, cut anywhere, and what is left of them for the next time.
import fc from "fast-check";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openFolder } from "@socketlab/disk-kit";
import { describe, expect } from "vitest";
import { Descriptors } from "../../src/storage/descriptors.ts";
import { DiskFile } from "../../src/storage/disk-file.ts";
import { noteName } from "../../src/storage/note.ts";
import { Storage } from "../../src/storage/storage.ts";
import { contentOf, storageTest, torrentOf, writePieces } from "./torrents.ts";

const test = storageTest();
const KIB = 1024;
const three = torrentOf(
  [
    { path: "a", length: 40 * KIB },
    { path: "empty", length: 0 },
    { path: "sub/b", length: 3 * KIB },
    { path: "sub/deep/c", length: 100 * KIB + 5 },
  ],
  16 * KIB,
);

test("of pieces in any order every file becomes what it is to be, and is found again without being hashed", async ({
  folder,
  open,
}) => {
  const storage = await open(three);
  expect([storage.verified.count, storage.wanted.isFull]).toEqual([0, true]);
  await writePieces(storage, three, [...storage.wanted].toReversed());
  expect(storage.verified.isFull).toBe(true);
  for (const index of three.info.files.keys())
    expect(contentOf(folder, three, index).equals(three.file(index)), three.pathOf(index)).toBe(true);
  await storage.close();

  let hashed = 0;
  const again = await open(three, { onChecked: () => hashed++ });
  expect([again.verified.isFull, hashed]).toEqual([true, 0]);
});

test("for any files, pieces and selection, what was written is read, and no file that is not wanted is made", async () => {
  const shape = fc.record({
    lengths: fc
      .array(fc.tuple(fc.oneof(fc.constant(0), fc.nat(10), fc.nat(300)), fc.boolean()), {
        minLength: 1,
        maxLength: 8,
      })
      .filter((files) => files.some(([length]) => length > 0)),
    pieceLength: fc.integer({ min: 1, max: 128 }),
    padding: fc.nat(20),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ lengths, pieceLength, padding }) => {
      const shapes = lengths.map(([length], index) => ({ path: `f${index}`, length }));
      const torrent = torrentOf(
        shapes.concat([{ path: ".pad/1", length: padding, isPadding: true }] as never),
        pieceLength,
      );
      const select = new Set(lengths.flatMap(([, isSelected], index) => (isSelected ? [index] : [])));
      const folder = mkdtempSync(join(tmpdir(), "p2p-storage-"));
      try {
        let storage = await Storage.open(torrent.info, folder, { select });
        await writePieces(storage, torrent);
        await storage.close();
        storage = await Storage.open(torrent.info, folder, { select });
        expect([...storage.wanted].every((piece) => storage.verified.has(piece))).toBe(true);
        for (const piece of storage.wanted) {
          const bytes = await storage.readBlock(piece, 0, torrent.piece(piece).length);
          expect(Buffer.from(bytes).equals(torrent.piece(piece))).toBe(true);
        }
        await storage.close();
        const made = existsSync(join(folder, "t")) ? readdirSync(join(folder, "t")) : [];
        expect(made.toSorted()).toEqual(Array.from(select, (index) => `f${index}`).toSorted());
        // All of it, after all: what there is of the others is used.
        const all = await Storage.open(torrent.info, folder);
        for (const piece of storage.wanted) expect(all.verified.has(piece)).toBe(true);
        await writePieces(all, torrent);
        await all.close();
        for (const index of lengths.keys())
          expect(contentOf(folder, torrent, index).equals(torrent.file(index))).toBe(true);
        expect(readdirSync(folder).filter((name) => name.endsWith(".parts"))).toEqual([]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});

test("a file that is written while the disk is asked to keep it has not been kept", async ({ folder }) => {
  mkdirSync(folder, { recursive: true });
  using held = openFolder(folder);
  const descriptors = new Descriptors();
  const file = new DiskFile(held, ["a"], 10, descriptors);
  await file.write(Buffer.from("12345"), 0);
  const syncing = file.sync();
  await file.write(Buffer.from("6789"), 5);
  await syncing;
  expect(file.keptStamp).toBeUndefined();
  await file.sync();
  expect(file.keptStamp).toBeDefined();
  await descriptors.close();
});

test("a file that is made has its whole length at once, and takes no more of the disk than was written", async ({
  folder,
  open,
}) => {
  const large = torrentOf(64 * 1024 * KIB, 256 * KIB);
  const storage = await open(large);
  await writePieces(storage, large, [200]);
  const stats = statSync(join(folder, "t"));
  expect(stats.size).toBe(64 * 1024 * KIB);
  expect(stats.blocks * 512).toBeLessThan(1024 * KIB);
});

test("what others have left is used as far as it is right: a file that is cut, spoiled or longer", async ({
  folder,
  open,
}) => {
  three.writeTo(folder);
  const bytes = Buffer.from(three.file(3));
  bytes[50 * KIB] = bytes[50 * KIB]! ^ 1;
  writeFileSync(join(folder, three.pathOf(3)), bytes);
  writeFileSync(join(folder, three.pathOf(0)), three.file(0).subarray(0, 20 * KIB));
  const storage = await open(three);
  // Of a the first piece alone; of c the one in which it is spoiled.
  expect([...storage.wanted].filter((piece) => !storage.verified.has(piece))).toEqual([1, 2, 5]);
  await writePieces(storage, three);
  for (const index of three.info.files.keys())
    expect(contentOf(folder, three, index).equals(three.file(index))).toBe(true);
});

test("whoever shares changes nothing: nothing is made, and nothing can be written", async ({
  folder,
  open,
}) => {
  three.writeTo(folder);
  const before = readdirSync(folder, { recursive: true });
  const storage = await open(three, { readOnly: true });
  expect(storage.verified.isFull).toBe(true);
  await storage.close();
  rmSync(join(folder, three.pathOf(0)));
  const some = await open(three, { readOnly: true });
  expect(some.verified.has(0)).toBe(false);
  await expect(some.writePiece(0, three.piece(0))).rejects.toMatchObject({ code: "not-permitted" });
  await some.close();
  expect(readdirSync(folder, { recursive: true })).toEqual(before.filter((name) => name !== join("t", "a")));
});

test("files that the caller has just hashed are not hashed again", async ({ folder, open }) => {
  three.writeTo(folder);
  let hashed = 0;
  const options = { readOnly: true, isHashed: true, onChecked: () => hashed++ };
  const storage = await open(three, options);
  expect([storage.verified.isFull, hashed]).toEqual([true, 0]);
});

test("the hashing at the start says how far it is, and ends when it is told to", async ({ folder, open }) => {
  three.writeTo(folder);
  const seen: number[] = [];
  const storage = await open(three, {
    onChecked: (done, total) => {
      expect(total).toBe(three.info.length);
      seen.push(done);
    },
  });
  expect(seen).toHaveLength(three.info.pieceCount);
  expect(seen.at(-1)).toBe(three.info.length);
  await storage.close();
  const ending = new AbortController();
  const onChecked = (): void => ending.abort(new Error("enough"));
  const { signal } = ending;
  await expect(open(three, { readOnly: true, signal, onChecked })).rejects.toThrow("enough");
});

test.for(["t", "t/sub", "t/sub/b"])(
  "a link at %s is not followed, for reading or writing",
  async (path, { folder, open }) => {
    const outside = join(dirname(folder), "outside");
    mkdirSync(join(outside, "sub", "deep"), { recursive: true });
    writeFileSync(join(outside, "b"), "mine");
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(path.endsWith("b") ? join(outside, "b") : outside, join(folder, path));
    await expect(open(three)).rejects.toMatchObject({ code: "bad-file" });
    expect(readdirSync(outside, { recursive: true }).map(String).toSorted()).toEqual([
      "b",
      "sub",
      "sub/deep",
    ]);
  },
);

test("a link that is put there later is not followed either", async ({ folder, open }) => {
  const outside = join(dirname(folder), "outside");
  mkdirSync(outside);
  const storage = await open(three);
  rmSync(join(folder, "t"), { recursive: true });
  symlinkSync(outside, join(folder, "t"));
  await expect(storage.writePiece(0, three.piece(0))).rejects.toMatchObject({ code: "bad-file" });
  expect([storage.verified.count, readdirSync(outside)]).toEqual([0, []]);
});

test.for(["..", ".", "", "a/b", "a\0b"])("a name such as %j is refused", async (name, { open }) => {
  const torrent = torrentOf([{ path: "a", length: 5 }], 4);
  const files = [{ path: [name], length: 5, offset: 0, isPadding: false }];
  await expect(open({ ...torrent, info: { ...torrent.info, files } })).rejects.toMatchObject({
    code: "bad-name",
  });
});

describe("names that differ only by case", () => {
  const alike = torrentOf(
    [
      { path: "README", length: 3000 },
      { path: "readme", length: 3000 },
    ],
    1024,
  );

  test.skipIf(process.platform !== "linux")("are kept apart by a disk that can", async ({ folder, open }) => {
    const storage = await open(alike);
    await writePieces(storage, alike);
    await storage.close();
    for (const file of [0, 1]) expect(contentOf(folder, alike, file).equals(alike.file(file))).toBe(true);
  });

  test("are refused by a disk that finds one by the other, unless one of them is wanted alone", async ({
    folder,
    open,
  }) => {
    mkdirSync(folder, { recursive: true });
    // Such a disk finds the note in capitals, too.
    writeFileSync(join(folder, noteName(alike.info.infoHash).toUpperCase()), "");
    await expect(open(alike)).rejects.toThrow(
      "t/readme cannot be kept beside a file whose name differs only",
    );
    await open(alike, { select: new Set([1]) });
  });
});
