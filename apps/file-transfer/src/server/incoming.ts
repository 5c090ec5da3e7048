// Where files are while they are on their way: a private folder in the served one, on the same disk. Knows no clients.
import { hash } from "node:crypto";
import {
  closeSync,
  constants,
  mkdirSync,
  readdirSync,
  renameSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs";
import { UsageError } from "@socketlab/core";
import { Descriptor, type Folder } from "@socketlab/disk-kit";
import { PRIVATE_FOLDER } from "../paths.ts";
import { codeOf } from "./folder-errors.ts";
import { lockFolder, type FolderLock } from "./folder-lock.ts";
import type { NameFolding } from "./folder-tree.ts";
import type { FileDescription } from "./store.ts";

const INCOMING = "incoming";

/** Until a file gets its name: of one that is interrupted before, the next attempt has to read and write. */
export const OWNER_MAY = 0o600;

/** One file for each upload, named by its key. */
export class Incoming {
  /** Which folder it is, so that no name leads there. */
  readonly where: BigIntStats;
  /** What this disk does with names that are nearly the same. */
  readonly folding: NameFolding;
  readonly #folder: Folder;
  readonly #lock: FolderLock;

  private constructor(where: BigIntStats, folder: Folder, lock: FolderLock, folding: NameFolding) {
    this.where = where;
    this.#folder = folder;
    this.#lock = lock;
    this.folding = folding;
  }

  /**
   * Makes it if it is not there, for this server alone.
   * @throws UsageError `bad-store`, SocketlabError `store-in-use`; what the system says if it may not be written.
   */
  static open(root: Folder, shown: string): Incoming {
    using own = enterOrMake(root, PRIVATE_FOLDER, shown);
    const lock = lockFolder(own, shown);
    try {
      const folder = enterOrMake(own, INCOMING, shown);
      return new Incoming(own.stat(), folder, lock, findFolding(folder));
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** The bytes that an upload may have from an earlier attempt; undefined if there was none. */
  had(key: string): number | undefined {
    const stats = this.#folder.look(key);
    return stats?.isFile() === true ? Number(stats.size) : undefined;
  }

  /** Begins it, or goes on with it: then `had` is how many bytes there may be. */
  begin(key: string, mode: number): { file: Descriptor; had: number | undefined } {
    try {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
      return {
        file: new Descriptor(this.#folder.open(key, flags, (mode & 0o777) | OWNER_MAY)),
        had: undefined,
      };
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const file = new Descriptor(this.#folder.open(key, constants.O_RDWR));
    return { file, had: Number(file.stat().size) };
  }

  /** In place of what is there. */
  moveTo(key: string, folder: Folder, name: string): void {
    this.#folder.confirm();
    folder.confirm();
    renameSync(this.#folder.at(key), folder.at(name));
  }

  discard(key: string): void {
    this.#folder.confirm();
    unlinkSync(this.#folder.at(key));
  }

  *kept(): Generator<{ key: string; stats: BigIntStats }> {
    for (const key of readdirSync(this.#folder.at("."))) {
      const stats = this.#folder.look(key);
      if (stats?.isFile() === true) yield { key, stats };
    }
  }

  close(): void {
    this.#folder.close();
    this.#lock.release();
  }
}

/** The same for every attempt with the same description, in every process. */
export function keyOf(path: string, { size, mtimeMs }: FileDescription): string {
  const description = JSON.stringify([path, size, mtimeMs]);
  return hash("sha256", description).slice(0, 32);
}

/** Finds out by trying. @throws what the system says if the folder may not be written. */
function findFolding(folder: Folder): NameFolding {
  const name = "probe-\u00e9a";
  try {
    closeSync(folder.open(name, constants.O_RDWR | constants.O_CREAT, 0o600));
    const others = ["probe-e\u0301a", "PROBE-\u00c9A"];
    const isFolded = others.some((other) => folder.look(other) !== undefined);
    unlinkSync(folder.at(name));
    return isFolded ? "by the disk" : "none";
  } catch (error) {
    if (!["ENOSPC", "EDQUOT"].includes(codeOf(error) ?? "")) throw error;
    // A full disk may have room again; what its system usually does has to do.
    return process.platform === "linux" ? "none" : "by the disk";
  }
}

function enterOrMake(folder: Folder, name: string, shown: string): Folder {
  try {
    if (folder.look(name) === undefined) mkdirSync(folder.at(name), 0o700);
    return folder.enter(name);
  } catch (error) {
    if (!["ENOTDIR", "ELOOP", "EEXIST"].includes(codeOf(error) ?? "")) throw error;
    const message = `${shown}: ${name} in it is no folder, and the server needs one of that name: move it away`;
    throw new UsageError("bad-store", message, { cause: error });
  }
}
