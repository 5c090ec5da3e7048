// Files that one conversation fetches, as its client asks for their chunks. Knows no disk.
import { parseName } from "../paths.ts";
import type { FromClient, FromServer } from "../protocol.ts";
import type { Sender } from "../transfer/sender.ts";
import { assertSize } from "./answers.ts";
import type { May } from "./gate.ts";
import type { SharedHashes } from "./shared-hashes.ts";
import type { OpenFile, Store } from "./store.ts";

export interface DownloadsOptions {
  readonly store: Store;
  readonly hashes: SharedHashes;
  readonly may: May;
  readonly sender: Sender;
  readonly say: (message: FromServer) => Promise<void>;
}

interface Opened {
  readonly file: OpenFile;
  readonly release: () => void;
}

export class Downloads {
  readonly #options: DownloadsOptions;
  /** Undefined while one is being opened. */
  readonly #files = new Map<number, Opened | undefined>();

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#files.size;
  }

  has(id: number): boolean {
    return this.#files.has(id);
  }

  /** Opens a file and offers it, unless it has been ended meanwhile. @throws Refusal, TokenError, StoreError. */
  async begin({ id, path, algorithm }: FromClient & { type: "get" }): Promise<void> {
    const { store, hashes: shared, may, sender, say } = this.#options;
    this.#files.set(id, undefined);
    let file: OpenFile | undefined;
    try {
      file = await store.open(may("read", parseName(path)));
      assertSize(path, file.size);
    } catch (error) {
      this.#files.delete(id);
      await file?.close();
      throw error;
    }
    if (!this.#files.has(id)) return file.close();
    const { hashes, release } = shared.use(file, algorithm);
    this.#files.set(id, { file, release });
    await say({ type: "offer", id, entry: file.entry });
    if (this.#files.has(id)) sender.begin(id, file, { algorithm, hashes });
  }

  async end(id: number): Promise<void> {
    const opened = this.#files.get(id);
    this.#files.delete(id);
    if (opened === undefined) return;
    await this.#options.sender.end(id);
    opened.release();
    await opened.file.close();
  }

  async endAll(): Promise<void> {
    await Promise.all(Array.from(this.#files.keys(), (id) => this.end(id)));
  }
}
