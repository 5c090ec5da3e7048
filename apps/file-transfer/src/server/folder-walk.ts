// All that is in a folder and below: counted, or removed. Follows no link, and leaves no folder that it is in.
import type { BigIntStats } from "node:fs";
import { readdir, rmdir, unlink } from "node:fs/promises";
import type { Folder } from "@socketlab/disk-kit";
import { codeOf } from "./folder-errors.ts";

/** Each file and folder below; names may be ones that no client could ask for. */
export async function forEachBelow(
  folder: Folder,
  visit: (stats: BigIntStats, name: string) => boolean | void,
): Promise<void> {
  for (const name of await readdir(folder.at("."), "buffer")) {
    const stats = folder.look(name);
    if (stats === undefined || visit(stats, name.toString()) === false || !stats.isDirectory()) continue;
    using inner = enterIfFolder(folder, name);
    if (inner !== undefined) await forEachBelow(inner, visit);
  }
}

/**
 * Removes a file, or a folder with all that is in it; a link goes, and what it leads to stays.
 * @param onGone called for each file and folder that is gone.
 */
export async function removeAll(
  folder: Folder,
  name: string | Buffer,
  onGone: (stats: BigIntStats) => void,
): Promise<void> {
  const stats = folder.look(name);
  if (stats === undefined) return;
  using inner = enterIfFolder(folder, name);
  if (inner !== undefined) await empty(inner, onGone);
  folder.confirm();
  await (inner === undefined ? unlink : rmdir)(folder.at(name));
  onGone(stats);
}

/** Somebody may put something in meanwhile: so until there is nothing left. */
async function empty(folder: Folder, onGone: (stats: BigIntStats) => void): Promise<void> {
  for (;;) {
    const names = await readdir(folder.at("."), "buffer");
    if (names.length === 0) return;
    for (const name of names) await removeAll(folder, name, onGone);
  }
}

function enterIfFolder(folder: Folder, name: string | Buffer): Folder | undefined {
  try {
    return folder.enter(name);
  } catch (error) {
    if (["ENOTDIR", "ELOOP", "ENOENT"].includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}
