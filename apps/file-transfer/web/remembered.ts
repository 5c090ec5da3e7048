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
  /** What is to be written, by path; undefined: to be forgotten. */
  #unwritten = new Map<string, Remembered | undefined>();
  #isWriting = false;

  async all(): Promise<Remembered[]> {
    const store = (await this.#database)?.transaction(STORE).objectStore(STORE);
    return store === undefined
      ? []
      : await settled(store.getAll() as IDBRequest<Remembered[]>).catch(() => []);
  }

  keep(upload: Remembered): void {
    this.#unwritten.set(upload.path, upload);
    void this.#write();
  }

  forget(path: string): void {
    this.#unwritten.set(path, undefined);
    void this.#write();
  }

  /** One transaction at a time, and the next one has all that came meanwhile: to begin and end one takes longer than a small file. */
  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    const database = await this.#database;
    while (this.#unwritten.size > 0) {
      const changes = this.#unwritten;
      this.#unwritten = new Map();
      if (database !== undefined) await written(database, changes).catch(() => {});
    }
    this.#isWriting = false;
  }
}

async function written(
  database: IDBDatabase,
  changes: ReadonlyMap<string, Remembered | undefined>,
): Promise<void> {
  const transaction = database.transaction(STORE, "readwrite");
  const store = transaction.objectStore(STORE);
  for (const [path, upload] of changes) {
    if (upload === undefined) store.delete(path);
    else store.put(upload);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const end of ["complete", "abort"]) transaction.addEventListener(end, () => resolve());
  // Whatever becomes of the page.
  transaction.commit();
  await promise;
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
