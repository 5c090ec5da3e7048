// What changes a served folder: uploads, folders, removals, within the limits, and what is left of them. Knows no reader.
import { chmodSync, mkdirSync, utimesSync, type BigIntStats } from "node:fs";
import { rmdir } from "node:fs/promises";
import { every, realClock, type Clock, type Timer } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { FolderSync, isSame, toSeconds, type Folder } from "@socketlab/disk-kit";
import { fold, type FolderTree, type NameFolding } from "./folder-tree.ts";
import { FolderUpload } from "./folder-upload.ts";
import { forEachBelow, removeAll } from "./folder-walk.ts";
import { keyOf, type Incoming } from "./incoming.ts";
import { StoreError, type FileDescription, type Upload } from "./store.ts";
import { sweep } from "./sweep.ts";
import { Usage, type StoreLimits } from "./usage.ts";

const KEEP_MS = 7 * 86_400_000;
const SWEEP_PERIOD_MS = 3_600_000;

export interface FolderWriterOptions {
  readonly limits?: Partial<StoreLimits>;
  readonly keepMs?: number;
  readonly clock?: Clock;
  readonly log?: Logger;
}

/** Throws what the system says, or StoreErrors. */
export class FolderWriter {
  readonly #tree: FolderTree;
  readonly #incoming: Incoming | Error;
  readonly #folding: NameFolding;
  readonly #usage: Usage;
  readonly #clock: Clock;
  readonly #log: Logger | undefined;
  readonly #keepMs: number;
  readonly #sync = new FolderSync();
  /** One for each path that is being written; the key is that of its file in `incoming`. */
  readonly #uploads = new Map<string, { readonly key: string; readonly upload: Upload }>();
  #sweeping: Timer | undefined;

  /** @param incoming or why nothing may be written. */
  constructor(
    tree: FolderTree,
    incoming: Incoming | Error,
    folding: NameFolding,
    { limits, keepMs = KEEP_MS, clock = realClock, log }: FolderWriterOptions,
  ) {
    this.#tree = tree;
    this.#incoming = incoming;
    this.#folding = folding;
    this.#usage = new Usage(limits);
    this.#clock = clock;
    this.#log = log;
    this.#keepMs = keepMs;
  }

  /** Removes what was left for too long, now and every hour, and counts what is there. */
  async begin(): Promise<void> {
    const incoming = this.#incoming;
    if (incoming instanceof Error) return;
    this.#sweep(incoming);
    if (this.#usage.isCounted) {
      using root = this.#tree.enter("");
      await forEachBelow(root, (stats) => {
        if (isSame(stats, incoming.where)) return false;
        this.#usage.add(bytesOf(stats), 1);
        return true;
      });
      for (const { stats } of incoming.kept()) this.#usage.add(bytesOf(stats), 1);
    }
    this.#sweeping = every(this.#clock, SWEEP_PERIOD_MS, () => this.#sweep(incoming));
  }

  write(path: string, file: FileDescription): Upload {
    const incoming = this.#writable();
    this.#usage.check(path, file.size);
    const id = this.#folding === "none" ? path : fold(path);
    if (this.#uploads.has(id))
      throw new StoreError("busy", `${path} is being written by somebody else: try again when that is done`);
    const { missing, there } = this.#tree.survey(path);
    if (there !== undefined) requireFile(path, there);
    const key = keyOf(path, file);
    // Only where it matters: most of what comes has no beginning from before.
    const counted = this.#usage.isCounted ? incoming.had(key) : undefined;
    // What replaces a file is one more for a time, which is no reason to refuse it.
    const isMore = counted === undefined && there === undefined;
    this.#reserve(path, file.size - (counted ?? 0), isMore ? 1 : 0, missing);
    if (counted === undefined && !isMore) this.#usage.add(0, 1);
    try {
      const begun = incoming.begin(key, file.mode);
      const upload = new FolderUpload(path, file, begun.file, begun.had ?? 0, {
        finish: async () => {
          await this.#place(incoming, key, path);
          this.#uploads.delete(id);
        },
        keep: () => {
          this.#uploads.delete(id);
          // If it is under its name, and only the folder's sync has failed, there is nothing to keep.
          const bytes = incoming.had(key);
          if (bytes === 0) this.#discard(incoming, key, file.size);
          else if (bytes !== undefined) this.#usage.add(bytes - file.size, 0);
        },
        discard: () => {
          this.#uploads.delete(id);
          this.#discard(incoming, key, file.size);
        },
      });
      this.#uploads.set(id, { key, upload });
      return upload;
    } catch (error) {
      this.#usage.add((counted ?? 0) - file.size, counted === undefined ? -1 : 0);
      throw error;
    }
  }

  async makeFolder(path: string, { mtimeMs, mode }: Partial<Omit<FileDescription, "size">>): Promise<void> {
    this.#writable();
    if (path === "") return;
    const { missing, there } = this.#tree.survey(path);
    if (there === undefined) this.#reserve(path, 0, 0, missing + 1);
    const changes = new Changes(this.#sync, this.#usage);
    {
      const place = this.#tree.make(path, changes.made);
      using folder = place.folder;
      const { name } = place;
      if (place.there === undefined) {
        folder.confirm();
        mkdirSync(folder.at(name));
        changes.made(folder);
      }
      if (!folder.look(name)!.isDirectory())
        throw new StoreError("exists", `there is a ${path} already, which is no folder`);
      using made = folder.enter(name);
      made.confirm();
      if (mtimeMs !== undefined) utimesSync(made.at("."), toSeconds(mtimeMs), toSeconds(mtimeMs));
      if (mode !== undefined) chmodSync(made.at("."), mode & 0o777);
    }
    await changes.synced();
  }

  async remove(path: string, isRecursive: boolean): Promise<number> {
    this.#writable();
    if (path === "") throw new StoreError("not-allowed", "the folder that is served stays");
    const place = this.#tree.find(path);
    using folder = place.folder;
    const stats = this.#tree.look(place);
    if (stats === undefined) throw new StoreError("not-found", `there is no ${path}`);
    if (!stats.isFile() && !stats.isDirectory())
      throw new StoreError("not-a-file", `${path} is a link or a device, which this server does not touch`);
    let count = 0;
    const onGone = (gone: BigIntStats): void => {
      count++;
      this.#usage.add(-bytesOf(gone), -1);
    };
    if (stats.isDirectory() && !isRecursive) {
      folder.confirm();
      await rmdir(folder.at(place.name));
      onGone(stats);
    } else {
      await removeAll(folder, place.name, onGone);
    }
    await this.#sync.after(folder.id, folder.at("."));
    return count;
  }

  /** What is under way is kept for the next attempt. */
  async close(): Promise<void> {
    this.#sweeping?.clear();
    await Promise.allSettled(Array.from(this.#uploads.values(), ({ upload }) => upload.suspend()));
    if (!(this.#incoming instanceof Error)) this.#incoming.close();
  }

  async #place(incoming: Incoming, key: string, path: string): Promise<void> {
    // Since it began others may have taken the room that its folders need.
    if (this.#usage.isCounted) this.#reserve(path, 0, 0, this.#tree.survey(path).missing);
    const changes = new Changes(this.#sync, this.#usage);
    {
      const { folder, name, there } = this.#tree.make(path, changes.made);
      using _held = folder;
      if (there !== undefined) requireFile(path, there);
      incoming.moveTo(key, folder, name);
      if (there !== undefined) this.#usage.add(-bytesOf(there), -1);
      changes.changed(folder);
    }
    await changes.synced();
  }

  #discard(incoming: Incoming, key: string, reserved: number): void {
    incoming.discard(key);
    this.#usage.add(-reserved, -1);
  }

  /** Folders are counted when they are made. */
  #reserve(path: string, bytes: number, files: number, folders: number): void {
    this.#usage.reserve(path, bytes, files + folders);
    this.#usage.add(0, -folders);
  }

  #writable(): Incoming {
    if (!(this.#incoming instanceof Error)) return this.#incoming;
    throw new StoreError("not-allowed", "this server may only read its folder", { cause: this.#incoming });
  }

  #sweep(incoming: Incoming): void {
    const active = new Set(Array.from(this.#uploads.values(), ({ key }) => key));
    try {
      const gone = sweep(incoming, this.#clock.now() - this.#keepMs, (key) => active.has(key));
      this.#usage.add(-gone.bytes, -gone.files);
      if (gone.files > 0) this.#log?.info(gone, "removed what was left of uploads that nobody went on with");
    } catch (error) {
      this.#log?.warn(error, "what was left of uploads cannot be removed now");
    }
  }
}

/** Folders in which names were made or changed, and the wait until the disk has them. */
class Changes {
  readonly #sync: FolderSync;
  readonly #usage: Usage;
  readonly #synced: Promise<void>[] = [];

  constructor(sync: FolderSync, usage: Usage) {
    this.#sync = sync;
    this.#usage = usage;
  }

  readonly made = (folder: Folder): void => {
    this.#usage.add(0, 1);
    this.changed(folder);
  };

  changed(folder: Folder): void {
    const synced = this.#sync.after(folder.id, folder.at("."));
    // Who fails before the wait does not come to hear of it.
    synced.catch(() => {});
    this.#synced.push(synced);
  }

  async synced(): Promise<void> {
    await Promise.all(this.#synced);
  }
}

function bytesOf(stats: BigIntStats): number {
  return stats.isFile() ? Number(stats.size) : 0;
}

function requireFile(path: string, stats: BigIntStats): void {
  if (!stats.isFile())
    throw new StoreError("exists", `there is a ${path} already, which is a folder, a link or a device`);
}
