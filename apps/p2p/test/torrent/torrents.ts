// Torrents for tests: a correct one, and the same with something else in it. Knows no test.
import { encode, type Encodable } from "../../src/bencode/encode.ts";

export const KIB = 1024;

/** 100,000 bytes in pieces of 16 KiB. */
export const single = {
  length: 100_000,
  name: "film.mkv",
  "piece length": 16 * KIB,
  pieces: new Uint8Array(7 * 20),
} as const;

/** Three files, 30 KiB together, in two pieces. */
export const several = {
  files: [
    { length: 10 * KIB, path: ["a.txt"] },
    { length: 0, path: ["empty"] },
    { length: 20 * KIB, path: ["sub", "b c.txt"] },
  ],
  name: "photos",
  "piece length": 16 * KIB,
  pieces: new Uint8Array(2 * 20),
} as const;

export function infoBytes(
  change: Record<string, Encodable | undefined>,
  base: Encodable = single,
): Uint8Array {
  return encode({ ...(base as object), ...change });
}

/** Files of 1 KiB with these paths, in a folder. */
export function withPaths(...paths: readonly Encodable[]): Uint8Array {
  const files = paths.map((path) => ({ length: KIB, path }));
  const pieces = new Uint8Array(Math.ceil(paths.length / 16) * 20);
  return encode({ ...several, files, pieces });
}
