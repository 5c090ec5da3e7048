// What is to be sent of local files and folders: names, sizes, times and modes, one after the other. Reads no content.
import { lstatSync, type Stats } from "node:fs";
import { opendir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { UsageError } from "@socketlab/core";
import { below, parsePath } from "../paths.ts";

export interface Found {
  readonly kind: "file" | "folder";
  /** Where it lies here. */
  readonly local: string;
  /** What it is to be called there. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly mode: number;
}

export interface Skipped {
  readonly kind: "skipped";
  readonly local: string;
  /** A sentence. */
  readonly why: string;
}

/**
 * A file, or a folder with all that is in it, folders before what they hold. Links and devices are skipped: what they stand
 * for would be another thing there.
 *
 * @param into the remote folder
 * @throws UsageError `bad-file` when there is no such file.
 */
export async function* scan(local: string, into: string): AsyncGenerator<Found | Skipped> {
  let stat: Stats;
  try {
    stat = lstatSync(local);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError("bad-file", `cannot read ${JSON.stringify(local)} (${code})`, { cause: error });
  }
  yield* walk(local, below(into, basename(resolve(local))), stat);
}

/** What is in a folder, by its path in it. @throws what the system says when it cannot be read. */
export async function* scanInside(folder: string): AsyncGenerator<Found | Skipped> {
  for await (const { name } of await opendir(folder)) yield* scan(join(folder, name), "");
}

async function* walk(local: string, name: string, stat: Stats): AsyncGenerator<Found | Skipped> {
  const kind = stat.isFile() ? "file" : stat.isDirectory() ? "folder" : undefined;
  if (kind === undefined) return yield { kind: "skipped", local, why: "it is neither a file nor a folder" };
  let path: string;
  try {
    path = parsePath(name);
  } catch (error) {
    return yield { kind: "skipped", local, why: (error as Error).message };
  }
  const size = kind === "file" ? stat.size : 0;
  yield {
    kind,
    local,
    path,
    size,
    mtimeMs: Math.floor(stat.mtimeMs),
    mode: stat.mode & 0o777,
  };
  if (kind === "file") return;
  for await (const { name: innerName } of await opendir(local)) {
    const inner = join(local, innerName);
    // It may have gone meanwhile.
    let innerStat: Stats;
    try {
      innerStat = lstatSync(inner);
    } catch {
      yield { kind: "skipped", local: inner, why: "it has gone meanwhile" };
      continue;
    }
    yield* walk(inner, `${path}/${innerName}`, innerStat);
  }
}
