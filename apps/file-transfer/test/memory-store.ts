// A store in memory, as simple as can be, for tests of what stands before a store. Knows no protocol.
import {
  StoreError,
  type FileDescription,
  type OpenFile,
  type Store,
  type Upload,
} from "../src/server/store.ts";
import type { Entry } from "../src/protocol.ts";

export interface MemoryFile {
  readonly bytes: Uint8Array;
  readonly mtimeMs: number;
  readonly mode: number;
}

export class MemoryStore implements Store {
  readonly files = new Map<string, MemoryFile>();
  /** Those who write, by path; `had` of the next attempt. */
  readonly writing = new Set<string>();
  readonly suspended = new Map<string, Uint8Array>();
  /** Files that are open. */
  openFiles = 0;
  bytesRead = 0;
  maxFileBytes = Infinity;
  #versions = 0;
  readonly #versionOf = new WeakMap<MemoryFile, number>();

  put(path: string, bytes: Uint8Array, mtimeMs = Date.UTC(2024, 1, 29, 12)): MemoryFile {
    const file = { bytes, mtimeMs, mode: 0o644 };
    this.files.set(path, file);
    return file;
  }

  list(
    path: string,
    { after = "", limit }: { readonly after?: string; readonly limit: number },
  ): Promise<{ entries: Entry[]; more: boolean }> {
    const prefix = path === "" ? "" : `${path}/`;
    const paths = [...this.files.keys()].filter((one) => one.startsWith(prefix) && one > after).toSorted();
    const entries = paths.slice(0, limit).map((one) => this.#entry(one, this.files.get(one)!));
    return Promise.resolve({ entries, more: paths.length > limit });
  }

  stat(path: string): Promise<Entry> {
    return attempt(() => this.#entry(path, this.#find(path)));
  }

  open(path: string): Promise<OpenFile> {
    return attempt(() => {
      const file = this.#find(path);
      this.openFiles++;
      return {
        entry: this.#entry(path, file),
        version: `${path} ${this.#version(file)}`,
        size: file.bytes.length,
        read: async (into, offset) => {
          if (this.files.get(path) !== file) throw new StoreError("changed", `${path} has changed`);
          await new Promise(setImmediate);
          const bytes = file.bytes.subarray(offset, offset + into.length);
          into.set(bytes);
          this.bytesRead += bytes.length;
          return bytes.length;
        },
        close: () => Promise.resolve(void this.openFiles--),
      };
    });
  }

  write(path: string, { size, mtimeMs, mode }: FileDescription): Promise<Upload> {
    return attempt(() => {
      if (this.writing.has(path)) throw new StoreError("busy", `somebody else is writing ${path}`);
      if (size > this.maxFileBytes) throw new StoreError("too-large", `${path} has too many bytes`);
      this.writing.add(path);
      const before = this.suspended.get(path);
      const bytes = before ?? new Uint8Array(size);
      return {
        size,
        had: before === undefined ? 0 : size,
        read: (into, offset) => {
          into.set(bytes.subarray(offset, offset + into.length));
          return Promise.resolve(Math.min(into.length, size - offset));
        },
        write: async (chunk, offset) => {
          await new Promise(setImmediate);
          bytes.set(chunk, offset);
        },
        finish: () => {
          this.writing.delete(path);
          this.suspended.delete(path);
          const file = { bytes, mtimeMs, mode };
          this.files.set(path, file);
          return Promise.resolve();
        },
        suspend: () => {
          this.writing.delete(path);
          this.suspended.set(path, bytes);
          return Promise.resolve();
        },
        discard: () => {
          this.writing.delete(path);
          return Promise.resolve();
        },
      };
    });
  }

  makeFolder(): Promise<void> {
    return Promise.resolve();
  }

  remove(path: string): Promise<number> {
    return Promise.resolve(this.files.delete(path) ? 1 : 0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #find(path: string): MemoryFile {
    const file = this.files.get(path);
    if (file !== undefined) return file;
    const isFolder = [...this.files.keys()].some((one) => one.startsWith(`${path}/`));
    if (isFolder) throw new StoreError("not-a-file", `${path} is a folder`);
    throw new StoreError("not-found", `there is no ${path}`);
  }

  #entry(path: string, { bytes, mtimeMs, mode }: MemoryFile): Entry {
    return { path, kind: "file", size: bytes.length, mtimeMs, mode };
  }

  #version(file: MemoryFile): number {
    const version = this.#versionOf.get(file) ?? ++this.#versions;
    this.#versionOf.set(file, version);
    return version;
  }
}

/** What `act` returns or throws, as a promise. */
async function attempt<T>(act: () => T): Promise<T> {
  return act();
}
