// What is shared in the tests: a file, or a folder with whatever is special in one; and whether it has arrived. Knows no client.
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Kind = "file" | "folder";

const KIB = 1024;

const files = {
  file: { "the film – 映画 (1).mkv": 1_234_567 },
  folder: {
    // With pieces of 16 KiB: as long as some, a byte, and what ends and begins anywhere.
    "été & photos/a.bin": 48 * KIB,
    "été & photos/empty": 0,
    "été & photos/sub folder/one byte": 1,
    "été & photos/sub folder/большой.bin": 700_001,
    "été & photos/日本語.bin": 33_333,
  },
} as const;

/** @returns the name of the file or folder that has been made in `root`. */
export function makeContent(root: string, kind: Kind): string {
  for (const [path, bytes] of Object.entries(files[kind])) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), randomBytes(bytes));
  }
  return Object.keys(files[kind])[0]!.split("/")[0]!;
}

/** What is not, byte by byte, in both folders; an empty list is what we want. */
export function differences(from: string, to: string, name: string, withEmptyFiles: boolean): string[] {
  const paths = statSync(join(from, name)).isDirectory()
    ? (readdirSync(join(from, name), { recursive: true }) as string[]).map((path) => join(name, path))
    : [name];
  return paths.filter((path) => {
    const stats = statSync(join(from, path));
    if (stats.isDirectory() || (stats.size === 0 && !withEmptyFiles)) return false;
    try {
      return !readFileSync(join(to, path)).equals(readFileSync(join(from, path)));
    } catch {
      return true;
    }
  });
}
