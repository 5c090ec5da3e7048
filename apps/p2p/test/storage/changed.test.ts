// Files that change under a seed: no block is given of what was not verified, and whoever said it has the piece hears of it.
import {
  closeSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, vi } from "vitest";
import { storageTest, torrentOf, writePieces } from "./torrents.ts";

const test = storageTest();
const KIB = 1024;
const torrent = torrentOf(
  [
    { path: "a", length: 40 * KIB },
    { path: "b", length: 100 * KIB },
  ],
  16 * KIB,
);
const inA = [0, 1, 2];

function overwrite(path: string, bytes: Uint8Array, offset: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

const changes: [what: string, change: (path: string) => void, lost: number[]][] = [
  ["overwritten", (path) => overwrite(path, Buffer.from("other"), 17 * KIB), [1]],
  ["cut", (path) => truncateSync(path, 20 * KIB), [1, 2]],
  ["touched", (path) => utimesSync(path, 1, 1), []],
  ["written with what it had", (path) => overwrite(path, torrent.file(0), 0), []],
];

test.for(changes)(
  "a file that is %s is hashed again before a block of it is given, and only what is lost is not claimed any more",
  async ([, change, expected], { folder, open }) => {
    torrent.writeTo(folder);
    const lost: number[] = [];
    const storage = await open(torrent);
    storage.onLost = (piece) => void lost.push(piece);
    for (const piece of inA) await storage.readBlock(piece, 0, KIB);
    // The clock of a file system ticks every few milliseconds.
    await delay(20);
    change(join(folder, torrent.pathOf(0)));
    for (const piece of inA) {
      const block = storage.readBlock(piece, KIB, 2 * KIB);
      if (expected.includes(piece)) await expect(block).rejects.toMatchObject({ code: "not-there" });
      else expect(Buffer.from(await block).equals(torrent.piece(piece).subarray(KIB, 3 * KIB))).toBe(true);
    }
    await vi.waitFor(() => expect(lost.toSorted((one, other) => one - other)).toEqual(expected));
    expect([...storage.wanted].filter((piece) => !storage.verified.has(piece))).toEqual(expected);
    // And it can be had again.
    await writePieces(storage, torrent, expected);
    for (const piece of inA)
      expect(Buffer.from(await storage.readBlock(piece, 0, 16 * KIB)).equals(torrent.piece(piece))).toBe(
        true,
      );
  },
);

test("all that is lost is told of soon, though nobody asks for it", async ({ folder, open }) => {
  torrent.writeTo(folder);
  const lost: number[] = [];
  const storage = await open(torrent);
  storage.onLost = (piece) => void lost.push(piece);
  await delay(20);
  writeFileSync(join(folder, torrent.pathOf(1)), Buffer.alloc(100 * KIB));
  await expect(storage.readBlock(8, 0, 1)).rejects.toMatchObject({ code: "not-there" });
  await vi.waitFor(() => expect(lost.toSorted((one, other) => one - other)).toEqual([2, 3, 4, 5, 6, 7, 8]));
});

test("what somebody else writes just before we do is noticed, too", async ({ folder, open }) => {
  const lost: number[] = [];
  const storage = await open(torrent);
  storage.onLost = (piece) => void lost.push(piece);
  await writePieces(storage, torrent, [3, 4]);
  await delay(20);
  overwrite(join(folder, torrent.pathOf(1)), Buffer.from("other"), torrent.info.pieceLength);
  await writePieces(storage, torrent, [6]);
  await vi.waitFor(() => expect(lost).toEqual([3]));
  expect([...storage.verified]).toEqual([4, 6]);
});

test.for(["removed", "replaced"])(
  "of a file that was %s nothing is claimed the next time that was not hashed",
  async (what, { folder, open }) => {
    torrent.writeTo(folder);
    const storage = await open(torrent);
    await storage.close();
    const path = join(folder, torrent.pathOf(0));
    if (what === "removed") rmSync(path);
    else {
      writeFileSync(`${path}2`, Buffer.alloc(40 * KIB));
      renameSync(`${path}2`, path);
    }
    const again = await open(torrent);
    expect([...again.verified]).toEqual([3, 4, 5, 6, 7, 8]);
  },
);

test("a note that is not whole, or another torrent's, is not believed", async ({ folder, open }) => {
  const storage = await open(torrent);
  await writePieces(storage, torrent, [0]);
  await storage.close();
  const hex = Buffer.from(torrent.info.infoHash).toString("hex");
  const path = join(folder, `.${hex}.resume`);
  for (const spoiled of ["", "\n", `${"0".repeat(64)}\n{"version":1}`, "x".repeat(100_000)]) {
    writeFileSync(path, spoiled);
    let hashed = 0;
    const again = await open(torrent, { onChecked: () => hashed++ });
    expect([[...again.verified], hashed > 0]).toEqual([[0], true]);
    await again.close();
  }
});
