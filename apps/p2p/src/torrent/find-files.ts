// What is to be shared: the files in a folder, in the order in which a torrent has them. Reads no content.
import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { UsageError } from "@socketlab/core";
import { Paths } from "./names.ts";

export interface SourceFile {
  /** Where it lies. */
  readonly local: string;
  /** Names of folders below the one that is shared, and its own. */
  readonly path: readonly string[];
  readonly length: number;
  /** When it was changed last: while it is hashed it must not be. */
  readonly mtimeMs: number;
}

export interface Found {
  /** Of the file or the folder. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly files: readonly SourceFile[];
  /** What is neither file nor folder: links among them, since what they stand for may be anywhere. */
  readonly skipped: readonly string[];
  /** Those whose names differ from another's only by upper and lower case. */
  readonly alike: readonly (readonly string[])[];
}

/**
 * Files come in the order of their paths' bytes, so that the same folder gives the same torrent on every machine.
 * @param root a link is followed here, and nowhere below: who names it means what it stands for.
 * @throws UsageError `bad-file` for what cannot be read, and where there is nothing; ProtocolError `bad-name` for a name
 * that others would refuse.
 */
export async function findFiles(root: string): Promise<Found> {
  const name = basename(resolve(root));
  const stats = await orBadFile(root, stat(root));
  const files: SourceFile[] = [];
  const skipped: string[] = [];
  if (stats.isFile()) files.push(sourceOf(root, [name], stats));
  else if (stats.isDirectory()) await walk(root, [], files, skipped);
  else throw new UsageError("bad-file", `${JSON.stringify(root)} is neither a file nor a folder`);
  if (files.every(({ length }) => length === 0)) {
    const what = files.length > 0 ? "nothing but empty files" : "no file";
    const why = stats.isFile() ? "it is empty" : `it has ${what} in it`;
    throw new UsageError("bad-file", `${JSON.stringify(root)} cannot be shared: ${why}`);
  }
  const sorted = inOrder(files);
  const paths = new Paths();
  for (const { path } of sorted) paths.add(path);
  return { name, isFolder: stats.isDirectory(), files: sorted, skipped, alike: paths.alike };
}

async function walk(
  folder: string,
  path: readonly string[],
  files: SourceFile[],
  skipped: string[],
): Promise<void> {
  for (const name of await orBadFile(folder, readdir(folder))) {
    const local = join(folder, name);
    const stats = await orBadFile(local, lstat(local));
    if (stats.isDirectory()) await walk(local, [...path, name], files, skipped);
    else if (stats.isFile()) files.push(sourceOf(local, [...path, name], stats));
    else skipped.push(local);
  }
}

function sourceOf(local: string, path: readonly string[], { size, mtimeMs }: Stats): SourceFile {
  return { local, path, length: size, mtimeMs };
}

function inOrder(files: readonly SourceFile[]): SourceFile[] {
  return files
    .map((file) => ({ file, bytes: Buffer.from(file.path.join("/")) }))
    .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ file }) => file);
}

/** @throws UsageError `bad-file` */
export async function orBadFile<Result>(path: string, asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError("bad-file", `cannot read ${JSON.stringify(path)} (${code})`, { cause: error });
  }
}
