// The uploads of tus clients as uploads of our store (@tus/server's DataStore). Knows no HTTP.
import type { Readable } from "node:stream";
import { DataStore, ERRORS, Upload as TusUpload } from "@tus/server";
import { realClock, type Clock, type Timer } from "@socketlab/core";
import { parseName } from "../../paths.ts";
import { StoreError, type Store, type Upload } from "../store.ts";
import { Places } from "./places.ts";

/** Uploads that are open at a time. */
const MAX_UPLOADS = 256;
/** Of so many it is remembered that they are complete, for a client that has missed the answer. */
const MAX_FINISHED = 1000;
/** An upload about which nobody asks is given up after this. */
const IDLE_MS = 60 * 60_000;
const MODE = 0o644;

interface Described {
  readonly path: string;
  readonly size: number;
  readonly metadata: TusUpload["metadata"];
}

interface Arriving extends Described {
  readonly upload: Upload;
  /** Gives its client's place back. */
  readonly leave: () => void;
  /** What has been written, from the beginning on without a gap. */
  offset: number;
  /** While it is put under its name. */
  finishing: Promise<unknown> | undefined;
  idle: Timer | undefined;
  /** Settles when nothing is being written. Never rejects. */
  quiet: Promise<void>;
}

export interface TusUploadsOptions {
  readonly clock?: Clock;
  readonly idleMs?: number;
  /** Uploads that one client may have open. */
  readonly maxPerClient: number;
  /** Whether a request for this upload is under way. */
  readonly isBusy: (id: string) => boolean;
}

/**
 * tus clients send no hashes. So what one of them may rely on when it comes back is what this process has itself written
 * for it, in order; after a restart of the server its uploads are unknown, and it begins anew, as the protocol provides.
 */
export class TusUploads extends DataStore {
  override readonly extensions = ["creation", "creation-with-upload", "termination"];
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #isBusy: (id: string) => boolean;
  readonly #arriving = new Map<string, Arriving>();
  /** Under their names; the oldest first. */
  readonly #finished = new Map<string, Described>();
  readonly #places: Places;
  readonly #clients = new WeakMap<TusUpload, string>();
  /** Uploads that are being opened. */
  #opening = 0;

  constructor(
    store: Store,
    { clock = realClock, idleMs = IDLE_MS, maxPerClient, isBusy }: TusUploadsOptions,
  ) {
    super();
    this.#store = store;
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#isBusy = isBusy;
    this.#places = new Places(maxPerClient);
  }

  /** To be called before `create`: whose it is. */
  expect(wanted: TusUpload, client: string): void {
    this.#clients.set(wanted, client);
  }

  /** @throws StoreError, UsageError `bad-path`. */
  override async create(wanted: TusUpload): Promise<TusUpload> {
    const path = pathOf(wanted.metadata);
    const size = wanted.size ?? 0;
    await this.#makeWay(path);
    if (this.#arriving.size + this.#opening >= MAX_UPLOADS)
      throw new StoreError("too-many", `${MAX_UPLOADS} uploads are under way; try again later`);
    const leave = this.#places.take(this.#clients.get(wanted) ?? "");
    this.#opening++;
    try {
      const mtimeMs = timeOf(wanted.metadata) ?? this.#clock.now();
      const upload = await this.#store.write(path, { size, mtimeMs, mode: MODE });
      const { metadata } = wanted;
      const arriving: Arriving = {
        path,
        size,
        metadata,
        upload,
        leave,
        offset: 0,
        finishing: undefined,
        idle: undefined,
        quiet: Promise.resolve(),
      };
      this.#arriving.set(wanted.id, arriving);
      this.#watch(wanted.id, arriving);
      if (size === 0) await this.#finish(wanted.id, arriving);
    } catch (error) {
      if (!this.#arriving.has(wanted.id)) leave();
      throw error;
    } finally {
      this.#opening--;
    }
    return wanted;
  }

  /** @returns up to where it is written now. @throws StoreError; what had been written before counts. */
  override async write(stream: Readable, id: string, _offset: number): Promise<number> {
    // An empty file is complete as soon as it is created.
    const finished = this.#finished.get(id);
    if (finished !== undefined) return finished.size;
    const arriving = this.#find(id);
    arriving.idle?.clear();
    const writing = Promise.withResolvers<void>();
    arriving.quiet = writing.promise;
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        if (chunk.length > arriving.size - arriving.offset) throw ERRORS.ERR_SIZE_EXCEEDED;
        await arriving.upload.write(chunk, arriving.offset);
        arriving.offset += chunk.length;
      }
      if (arriving.offset === arriving.size) await this.#finish(id, arriving);
    } finally {
      this.#watch(id, arriving);
      writing.resolve();
    }
    return arriving.offset;
  }

  override async getUpload(id: string): Promise<TusUpload> {
    // Complete and yet not under its name: the client may not take it for done.
    const arriving = this.#arriving.get(id);
    if (arriving !== undefined && arriving.offset === arriving.size) await this.#finish(id, arriving);
    const finished = this.#finished.get(id);
    const { size, metadata } = finished ?? this.#find(id);
    const offset = finished === undefined ? this.#find(id).offset : size;
    return new TusUpload({ id, size, offset, ...(metadata !== undefined && { metadata }) });
  }

  override async remove(id: string): Promise<void> {
    if (this.#finished.delete(id)) return;
    const arriving = this.#find(id);
    this.#forget(id, arriving);
    await arriving.upload.discard();
  }

  /** Where an upload is to be, for whoever asks whether that is allowed. */
  pathOf(id: string): string | undefined {
    return (this.#arriving.get(id) ?? this.#finished.get(id))?.path;
  }

  /** Keeps what is there: the store's other clients send hashes, and can go on with it. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#arriving].map(([id, arriving]) => this.#giveUp(id, arriving)));
  }

  #find(id: string): Arriving {
    const arriving = this.#arriving.get(id);
    if (arriving === undefined) throw ERRORS.FILE_NOT_FOUND;
    return arriving;
  }

  /** A client that has lost its place begins again: its earlier upload of that name does not stand in its way. */
  async #makeWay(path: string): Promise<void> {
    for (const [id, arriving] of this.#arriving)
      if (arriving.path === path && !this.#isBusy(id)) await this.#giveUp(id, arriving);
  }

  /** Puts it under its name, once. */
  async #finish(id: string, arriving: Arriving): Promise<void> {
    try {
      await (arriving.finishing ??= arriving.upload.finish());
    } catch (error) {
      arriving.finishing = undefined;
      throw error;
    }
    this.#forget(id, arriving);
    const { path, size, metadata } = arriving;
    this.#finished.set(id, { path, size, metadata });
    const [oldest] = this.#finished.keys();
    if (this.#finished.size > MAX_FINISHED) this.#finished.delete(oldest!);
  }

  #watch(id: string, arriving: Arriving): void {
    arriving.idle?.clear();
    if (this.#arriving.get(id) !== arriving) return;
    arriving.idle = this.#clock.after(this.#idleMs, () => {
      // Its disk may be gone; nobody is left to be told.
      this.#giveUp(id, arriving).catch(() => {});
    });
  }

  async #giveUp(id: string, arriving: Arriving): Promise<void> {
    this.#forget(id, arriving);
    await arriving.quiet;
    if (arriving.finishing === undefined) await arriving.upload.suspend();
  }

  #forget(id: string, arriving: Arriving): void {
    arriving.idle?.clear();
    if (this.#arriving.delete(id)) arriving.leave();
  }
}

/** Clients call it differently: tus-js-client's examples, Uppy, and ours. @throws StoreError, UsageError `bad-path`. */
export function pathOf(metadata: TusUpload["metadata"]): string {
  // Uppy writes "null" where a file was not in a folder.
  const { path, relativePath, filename, name } = metadata ?? {};
  const named = [path, relativePath === "null" ? null : relativePath, filename, name].find((text) => text);
  if (named === undefined || named === null)
    throw new StoreError("bad-path", "Upload-Metadata has to name the file: filename, or path");
  return parseName(named);
}

/** When the file was last changed, if the client says so. */
function timeOf(metadata: TusUpload["metadata"]): number | undefined {
  const text = metadata?.["lastModified"];
  return text && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
