// Keeps a second server away from a folder, for as long as this process lives. Knows nothing of what is in the folder.
import { DatabaseSync } from "node:sqlite";
import { SocketlabError } from "@socketlab/core";
import type { Folder } from "@socketlab/disk-kit";

export interface FolderLock {
  release(): void;
}

/** SQLite's result codes, of which the low byte is the kind: https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const NOT_PERMITTED: Record<number, string> = { 3: "EACCES", 8: "EROFS", 14: "EACCES", 23: "EACCES" };

/**
 * SQLite's lock on an empty file: the system's own, on every system, which ends with the process however that ends. A file
 * with the server's number in it would outlive a `kill -9`, and the number would soon be another's.
 *
 * @throws SocketlabError `store-in-use`; an error with `code` as the system's if the file may not be written.
 */
export function lockFolder(folder: Folder, shown: string): FolderLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(folder.at("lock").toString());
    database.exec("PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    const { errcode = 0, message } = error as Error & { errcode?: number };
    if ((errcode & 0xff) === SQLITE_BUSY)
      throw new SocketlabError(
        "store-in-use",
        `${shown} is served by another process: stop that one, or serve another folder`,
        { cause: error },
      );
    const code = NOT_PERMITTED[errcode & 0xff];
    if (code === undefined) throw error;
    throw Object.assign(new Error(message, { cause: error }), { code });
  }
  const held = database;
  return { release: () => held.close() };
}
