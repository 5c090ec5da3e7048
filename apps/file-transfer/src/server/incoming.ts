// Where files are while they are on their way: a private folder in the served one, on the same disk. Knows no clients.
import { createHash } from "node:crypto";
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
import { PRIVATE_FOLDER } from "../paths.ts";
import { Descriptor } from "./descriptor.ts";
import { codeOf } from "./folder-errors.ts";
import { lockFolder, type FolderLock } from "./folder-lock.ts";
import type { NameFolding } from "./folder-tree.ts";
import type { Folder } from "./folder.ts";
import type { FileDescription } from "./store.ts";

const INCOMING = "incoming";

/** One file for each upload, named by its key. */
export class Incoming {
  /** Which folder it is, so that no name leads there. */
  readonly where: BigIntStats;
  readonly #folder: Folder;
  readonly #lock: FolderLock;

  private constructor(where: BigIntStats, folder: Folder, lock: FolderLock) {
    this.where = where;
    this.#folder = folder;
    this.#lock = lock;
  }

  /**
   * Makes it if it is not there, for this server alone.
   * @throws UsageError `bad-store`, SocketlabError `store-in-use`; what the system says if it may not be written.
   */
  static open(root: Folder, shown: string): Incoming {
    using own = enterOrMake(root, PRIVATE_FOLDER, shown);
    const lock = lockFolder(own, shown);
    try {
      return new Incoming(own.stat(), enterOrMake(own, INCOMING, shown), lock);
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

  /** Goes on with it, or begins it. `sweep` looks at when that was. */
  begin(key: string, nowMs: number): Descriptor {
    const file = new Descriptor(this.#folder.open(key, constants.O_RDWR | constants.O_CREAT, 0o600));
    file.setTimes(nowMs);
    return file;
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

  /** Finds out by trying. */
  findFolding(): NameFolding {
    const there = ["probe-\u00e9a", "probe-e\u0301a", "PROBE-\u00c9A"] as const;
    closeSync(this.#folder.open(there[0], constants.O_RDWR | constants.O_CREAT, 0o600));
    try {
      return there.slice(1).some((name) => this.#folder.look(name) !== undefined) ? "by the disk" : "none";
    } finally {
      unlinkSync(this.#folder.at(there[0]));
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
  return createHash("sha256").update(description).digest("hex").slice(0, 32);
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
