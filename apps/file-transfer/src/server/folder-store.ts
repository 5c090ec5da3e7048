// Keeps files in a folder, as they are: whoever looks into it sees them there. Knows no conversation.
import { constants, type BigIntStats } from "node:fs";
import { lstat } from "node:fs/promises";
import { SocketlabError, UsageError, type Clock } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { Descriptor, openFolder, type Folder } from "@socketlab/disk-kit";
import { below } from "../paths.ts";
import type { Entry } from "../protocol.ts";
import { canBeNamed, entryOf } from "./folder-entry.ts";
import { codeOf, storeError } from "./folder-errors.ts";
import { FolderFile } from "./folder-file.ts";
import { FolderNames } from "./folder-names.ts";
import { FolderTree, type NameFolding } from "./folder-tree.ts";
import { FolderWriter } from "./folder-writer.ts";
import { Incoming } from "./incoming.ts";
import { StoreError, type FileDescription, type OpenFile, type Store, type Upload } from "./store.ts";
import type { StoreLimits } from "./usage.ts";

export interface FolderStoreOptions {
  readonly limits?: Partial<StoreLimits>;
  /** How long after its last write an upload that was interrupted is kept. Default: 7 days. */
  readonly keepMs?: number;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Which names are one; tried out if it is not given. `always`: whatever the disk, so that all can be copied anywhere. */
  readonly folding?: NameFolding;
  /** False: do as on systems where a folder cannot be held. */
  readonly canHold?: boolean;
}

const unwritable = ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"];

/**
 * What was acknowledged is on the disk, and a file is there whole or not at all. A folder that may not be written is served
 * for reading.
 *
 * @throws UsageError `bad-store` if there is no such folder, SocketlabError `store-in-use` if another server has it.
 */
export async function openFolderStore(path: string, options: FolderStoreOptions = {}): Promise<Store> {
  const root = openRoot(path, options.canHold);
  let incoming: Incoming | Error | undefined;
  try {
    incoming = openIncoming(root, path);
    if (incoming instanceof Error)
      options.log?.warn(`${path} is served for reading only: ${incoming.message}`);
    const { where, folding: tried = "none" } = incoming instanceof Incoming ? incoming : {};
    const folding = options.folding ?? tried;
    const tree = new FolderTree(root, where, folding);
    const writer = new FolderWriter(tree, incoming, folding, options);
    await writer.begin();
    return new FolderStore(root, tree, writer, folding);
  } catch (error) {
    if (incoming instanceof Incoming) incoming.close();
    root.close();
    throw error instanceof SocketlabError ? error : unusable(path, error);
  }
}

function openRoot(path: string, canHold?: boolean): Folder {
  try {
    return openFolder(path, canHold);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): UsageError {
  const { message } = storeError(error, `${path} cannot be served`);
  return new UsageError("bad-store", `${message}; name a folder that is there and may be read`, {
    cause: error,
  });
}

function openIncoming(root: Folder, path: string): Incoming | Error {
  try {
    return Incoming.open(root, path);
  } catch (error) {
    if (error instanceof Error && unwritable.includes(codeOf(error) ?? "")) return error;
    throw error;
  }
}

class FolderStore implements Store {
  readonly #root: Folder;
  readonly #tree: FolderTree;
  readonly #writer: FolderWriter;
  readonly #names: FolderNames;
  #closed: Promise<void> | undefined;

  constructor(root: Folder, tree: FolderTree, writer: FolderWriter, folding: NameFolding) {
    this.#root = root;
    this.#tree = tree;
    this.#writer = writer;
    this.#names = new FolderNames(folding !== "none");
  }

  list(
    path: string,
    { after = "", limit }: { after?: string; limit: number },
  ): Promise<{ entries: Entry[]; more: boolean }> {
    return this.#do(path, "cannot be listed", async () => {
      using folder = this.#tree.enter(path);
      const entries: Entry[] = [];
      let last = after.slice(after.lastIndexOf("/") + 1);
      // One more than is asked for, to know whether there is more; in turns, because some may not be shown.
      for (let isEnd = false; !isEnd && entries.length <= limit;) {
        const count = limit + 1 - entries.length;
        const names = (await this.#names.after(folder, last, count)).slice(0, count);
        isEnd = names.length < count;
        last = names.at(-1) ?? last;
        const shown = names.filter((name) => canBeNamed(below(path, name)));
        const looks = shown.map((name) => this.#look(folder, below(path, name), name));
        for (const entry of await Promise.all(looks)) if (entry !== undefined) entries.push(entry);
      }
      return { entries: entries.slice(0, limit), more: entries.length > limit };
    });
  }

  stat(path: string): Promise<Entry> {
    return this.#do(path, "cannot be looked at", () => {
      if (path === "") return entryOf(path, this.#root.stat());
      const place = this.#tree.find(path);
      using _folder = place.folder;
      return entryOf(path, found(this.#tree.look(place), path));
    });
  }

  open(path: string): Promise<OpenFile> {
    return this.#do(path, "cannot be read", async () => {
      const place = this.#tree.find(path);
      using folder = place.folder;
      // To open a device may do something, so first it is looked at; what is opened then need not be the same.
      requireFile(entryOf(path, found(this.#tree.look(place), path)));
      const file = new Descriptor(folder.open(place.name, constants.O_RDONLY));
      try {
        const stats = file.stat();
        return new FolderFile(file, requireFile(entryOf(path, stats)), stats);
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  write(path: string, file: FileDescription): Promise<Upload> {
    return this.#do(path, "cannot be written", () => this.#writer.write(path, file));
  }

  makeFolder(path: string, folder: Partial<Omit<FileDescription, "size">>): Promise<void> {
    return this.#do(path, "cannot be made", () => this.#writer.makeFolder(path, folder));
  }

  remove(path: string, options: { readonly recursive: boolean }): Promise<number> {
    return this.#do(path, "cannot be removed", () => this.#writer.remove(path, options.recursive));
  }

  close(): Promise<void> {
    this.#closed ??= this.#writer.close().finally(() => {
      this.#tree.close();
      this.#root.close();
    });
    return this.#closed;
  }

  /** In another thread: there may be hundreds, and the disk may have to turn for each. */
  async #look(folder: Folder, path: string, name: string): Promise<Entry | undefined> {
    try {
      return entryOf(path, await lstat(folder.at(name), { bigint: true }));
    } catch {
      // A link, a device, a name that is no text, or gone meanwhile.
      return undefined;
    }
  }

  async #do<T>(path: string, failed: string, act: () => T | Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw new StoreError("failed", "the server is about to end");
    try {
      return await act();
    } catch (error) {
      throw storeError(error, `${path === "" ? "the folder" : path} ${failed}`);
    }
  }
}

function found(stats: BigIntStats | undefined, path: string): BigIntStats {
  if (stats === undefined) throw new StoreError("not-found", `there is no ${path}`);
  return stats;
}

function requireFile(entry: Entry): Entry {
  if (entry.kind !== "file") throw new StoreError("not-a-file", `${entry.path} is a folder`);
  return entry;
}
