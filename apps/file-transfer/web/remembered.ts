// Uploads that are not complete, kept by the browser (IndexedDB) for when the page is loaded again. A browser may forbid
// pages to keep anything: then nothing is kept. Knows no transfer.
import type { Whereabouts } from "./found.ts";

export interface Remembered {
  /** There. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** How much of it had arrived, about. */
  readonly sentBytes: number;
  readonly whereabouts?: Whereabouts | undefined;
}

const STORE = "uploads";

export class Memory {
  readonly #database: Promise<IDBDatabase | undefined> = open().catch(() => undefined);

  async all(): Promise<Remembered[]> {
    const store = await this.#store("readonly");
    return store === undefined
      ? []
      : await settled(store.getAll() as IDBRequest<Remembered[]>).catch(() => []);
  }

  async keep(uploads: readonly Remembered[]): Promise<void> {
    const store = await this.#store("readwrite");
    for (const upload of uploads) store?.put(upload);
  }

  async forget(paths: readonly string[]): Promise<void> {
    const store = await this.#store("readwrite");
    for (const path of paths) store?.delete(path);
  }

  async #store(mode: IDBTransactionMode): Promise<IDBObjectStore | undefined> {
    return (await this.#database)?.transaction(STORE, mode).objectStore(STORE);
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("file-transfer", 1);
  request.addEventListener("upgradeneeded", () =>
    request.result.createObjectStore(STORE, { keyPath: "path" }),
  );
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error!));
  });
}
