// Whether a disk keeps files apart whose names differ only by upper and lower case. Makes nothing.
import type { Folder } from "@socketlab/disk-kit";
import { Paths } from "../torrent/names.ts";
import type { DiskFile } from "./disk-file.ts";
import { StorageError } from "./storage-error.ts";

/**
 * @param known the name of a file that is in the folder, with letters that are small.
 * @throws StorageError `bad-file` when two of these would be one, and each would spoil the other.
 */
export function checkAlike(folder: Folder, known: string, disks: Iterable<DiskFile>): void {
  const paths = new Paths();
  for (const { path } of disks) paths.add(path);
  const [alike] = paths.alike;
  if (alike === undefined || folder.look(known.toUpperCase()) === undefined) return;
  throw new StorageError(
    "bad-file",
    `${alike.join("/")} cannot be kept beside a file whose name differs only by upper and lower case: this disk takes them for one; --select one of them`,
  );
}
