// Has the disk keep the names in a folder, once for all that ask at the same time. Knows no files.
import { closeSync, constants, fsync, openSync } from "node:fs";
import { promisify } from "node:util";
import { codeOf } from "./folder-errors.ts";
import type { Folder } from "./folder.ts";

const syncFile = promisify(fsync);

export class FolderSync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  /** Settles when the names that are in the folder now are on the disk. The folder may be closed at once. */
  async after(folder: Folder): Promise<void> {
    // Windows cannot, and says nothing of when a name is on its disk.
    if (process.platform === "win32") return;
    const { dev, ino } = folder.stat();
    const id = `${dev}:${ino}`;
    let sync = this.#next.get(id);
    if (sync === undefined) {
      const fd = openToSync(folder);
      if (fd === undefined) return;
      sync = this.#run(id, fd);
      this.#next.set(id, sync);
    }
    await sync;
  }

  async #run(id: string, fd: number): Promise<void> {
    // Until this begins, whoever asks is served by it, too.
    await this.#running.get(id)?.catch(() => {});
    const own = this.#next.get(id)!;
    this.#next.delete(id);
    this.#running.set(id, own);
    try {
      await syncFile(fd);
    } finally {
      closeSync(fd);
      if (this.#running.get(id) === own) this.#running.delete(id);
    }
  }
}

function openToSync(folder: Folder): number | undefined {
  try {
    return openSync(folder.at("."), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    // A folder in which one may write and not read: there is no way to ask for more.
    if (codeOf(error) === "EACCES") return undefined;
    throw error;
  }
}
