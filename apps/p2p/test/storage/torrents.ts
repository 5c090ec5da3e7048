// Torrents for tests of storage: any files, cut into pieces, with content from a seed. Knows no bencoding.
import { hash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { seededRandom } from "@socketlab/core";
import { test as base, type TestAPI } from "vitest";
import { Storage, type StorageOptions } from "../../src/storage/storage.ts";
import { pieceBytes, type Info } from "../../src/torrent/info.ts";

export interface TestTorrent {
  readonly info: Info;
  readonly bytes: Buffer;
  /** Of one piece. */
  piece(index: number): Buffer;
  file(index: number): Buffer;
  /** Where a file is below the folder. */
  pathOf(index: number): string;
  /** Puts all files there. */
  writeTo(folder: string): void;
}

export interface FileShape {
  readonly path: string;
  readonly length: number;
  readonly isPadding?: boolean;
}

/** @param shape files in a folder "t"; a length is one file "t". */
export function torrentOf(shape: readonly FileShape[] | number, pieceLength: number, seed = 1): TestTorrent {
  const isFolder = typeof shape !== "number";
  const shapes = isFolder ? shape : [{ path: "t", length: shape }];
  let length = 0;
  const files = shapes.map(({ path, length: bytes, isPadding = false }) => {
    const offset = length;
    length += bytes;
    return { path: path.split("/"), length: bytes, offset, isPadding };
  });
  const bytes = noise(length, seed);
  for (const { offset, length: size, isPadding } of files)
    if (isPadding) bytes.fill(0, offset, offset + size);
  const pieceCount = Math.ceil(length / pieceLength);
  const sizes = { length, pieceLength, pieceCount };
  const piece = (index: number): Buffer =>
    bytes.subarray(index * pieceLength, index * pieceLength + pieceBytes(sizes, index));
  const sums = Array.from({ length: pieceCount }, (_, index) => hash("sha1", piece(index), "buffer"));
  const info: Info = {
    ...sizes,
    bytes: new Uint8Array(0),
    infoHash: hash("sha1", `${JSON.stringify(files)} ${pieceLength} ${seed}`, "buffer"),
    name: "t",
    isFolder,
    files,
    hashes: { algorithm: "sha1", of: (index) => sums[index]! },
    linkCount: 0,
    isPrivate: false,
  };
  const file = (index: number): Buffer =>
    bytes.subarray(files[index]!.offset, files[index]!.offset + files[index]!.length);
  const pathOf = (index: number): string => join(...(isFolder ? ["t"] : []), ...files[index]!.path);
  const writeTo = (folder: string): void => {
    for (const [index, { isPadding }] of files.entries()) {
      if (isPadding) continue;
      mkdirSync(dirname(join(folder, pathOf(index))), { recursive: true });
      writeFileSync(join(folder, pathOf(index)), file(index));
    }
  };
  return { info, bytes, piece, file, pathOf, writeTo };
}

function noise(length: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  return bytes.subarray(0, length);
}

export async function writePieces(
  storage: Storage,
  torrent: TestTorrent,
  pieces: Iterable<number> = storage.wanted,
): Promise<void> {
  for (const piece of pieces) await storage.writePiece(piece, torrent.piece(piece));
}

export function contentOf(folder: string, torrent: TestTorrent, index: number): Buffer {
  return readFileSync(join(folder, torrent.pathOf(index)));
}

interface Fixtures {
  /** Where torrents are put; beside it is nothing. */
  readonly folder: string;
  readonly open: (torrent: TestTorrent, options?: StorageOptions) => Promise<Storage>;
}

export function storageTest(): TestAPI<Fixtures> {
  return base.extend<Fixtures>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what a fixture needs: nothing
    folder: async ({}, use) => {
      const top = mkdtempSync(join(tmpdir(), "p2p-storage-"));
      await use(join(top, "to"));
      rmSync(top, { recursive: true, force: true });
    },
    open: async ({ folder }, use) => {
      const opened: Storage[] = [];
      await use(async ({ info }, options) => {
        const storage = await Storage.open(info, folder, options);
        opened.push(storage);
        return storage;
      });
      for (const storage of opened) await storage.close();
    },
  });
}
