// What the disk says of a file or a folder, as clients see it. Touches no disk.
import type { BigIntStats } from "node:fs";
import { parsePath } from "../paths.ts";
import type { Entry } from "../protocol.ts";
import { StoreError } from "./store.ts";

/** @throws StoreError `not-a-file` for a link or a device. */
export function entryOf(path: string, stats: BigIntStats): Entry {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : undefined;
  if (kind === undefined)
    throw new StoreError("not-a-file", `${path} is a link or a device, which this server does not give away`);
  return {
    path,
    kind,
    size: kind === "file" ? Number(stats.size) : 0,
    // Whole milliseconds, so that a time comes back as it was given: what a disk is told in seconds it may keep as the
    // nanosecond before.
    mtimeMs: Number((stats.mtimeNs + 500_000n) / 1_000_000n),
    mode: Number(stats.mode & 0o777n),
  };
}

/** The same text as long as the content is the same: another file of that name has another number, a later write a later time. */
export function versionOf(stats: BigIntStats): string {
  return [stats.ino, stats.size, stats.mtimeNs].map((part) => part.toString(36)).join("-");
}

/** Whether clients can ask for it: somebody may have put names into the folder that `parsePath` refuses. */
export function canBeNamed(path: string): boolean {
  try {
    return parsePath(path) === path;
  } catch {
    return false;
  }
}
