// Has the disk keep the names in a folder, once for all that ask at the same time. Knows no files.
import { closeSync, constants, openSync } from "node:fs";
import { fileSync } from "./sync-file.ts";

export class FolderSync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  /**
   * Settles when the names that are in the folder now are on the disk.
   * @param id the same whenever it is the same folder.
   * @param path leads to it now; later it need not.
   */
  async after(id: string, path: string | Buffer): Promise<void> {
    // Windows cannot, and says nothing of when a name is on its disk.
    if (process.platform === "win32") return;
    let sync = this.#next.get(id);
    if (sync === undefined) {
      const fd = openToSync(path);
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
      await new Promise<void>((resolve, reject) => {
        fileSync.sync(fd, 0, (error) => (error === null ? resolve() : reject(error)));
      });
    } finally {
      closeSync(fd);
      if (this.#running.get(id) === own) this.#running.delete(id);
    }
  }
}

function openToSync(path: string | Buffer): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    // A folder in which one may write and not read: there is no way to ask for more.
    if ((error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    throw error;
  }
}
