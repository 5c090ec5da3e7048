// All files, folders and uploads that a NATS store holds, as one server knows them. Knows no NATS: it is told what has changed.
import { below } from "../paths.ts";
import type { Entry } from "../protocol.ts";
import { StoreError, type FileDescription } from "./store.ts";
import type { Usage } from "./usage.ts";

/** Who writes: a server, and which of its uploads. */
export interface Writer {
  readonly server: string;
  readonly token: string;
}

/** A file on its way in, or what there is of one. */
export interface KeptUpload extends Pick<FileDescription, "size" | "mtimeMs"> {
  /** Where its chunks are. */
  readonly content: string;
  /** Bytes that are there, up to the last one; only known when nobody writes. */
  readonly had: number;
  readonly writer?: Writer;
  /** When its writer began, or ended. */
  readonly atMs: number;
}

export interface KeptEntry extends Omit<Entry, "path"> {
  /** Of a file: where its chunks are. */
  readonly content?: string;
  /** One of its chunks was written twice: a copy that lags behind may have the first. */
  readonly isMended?: boolean;
}

/** All that is known of one path. With neither, it is gone. */
export interface PathState {
  readonly path: string;
  readonly entry?: KeptEntry;
  readonly uploads?: readonly KeptUpload[];
  /** When it was written. */
  readonly atMs: number;
}

interface Names {
  readonly all: Set<string>;
  /** In order; forgotten whenever one comes or goes. */
  sorted: string[] | undefined;
}

export class NatsTree {
  readonly #states = new Map<string, PathState>();
  /** What is directly in each folder. */
  readonly #names = new Map<string, Names>();
  readonly #usage: Usage;
  readonly #madeMs: number;

  /** @param madeMs when all began. */
  constructor(usage: Usage, madeMs: number) {
    this.#usage = usage;
    this.#madeMs = madeMs;
  }

  apply(state: PathState): void {
    const { path } = state;
    const before = this.#states.get(path);
    if (before !== undefined) this.#count(before, -1);
    this.#count(state, 1);
    this.#states.set(path, state);
    if (before?.entry === undefined && state.entry !== undefined) this.#name(path);
    if (before?.entry !== undefined && state.entry === undefined) this.#unname(path);
  }

  /** The broker has forgotten that it is gone. */
  forget(path: string): void {
    const state = this.#states.get(path);
    if (state !== undefined && isGone(state)) this.#states.delete(path);
  }

  state(path: string): PathState | undefined {
    return this.#states.get(path);
  }

  entry(path: string): KeptEntry | undefined {
    if (path === "") return { kind: "folder", size: 0, mtimeMs: this.#madeMs, mode: 0o755 };
    return this.#states.get(path)?.entry;
  }

  /** @throws StoreError `not-found`. */
  find(path: string): KeptEntry {
    const entry = this.entry(path);
    if (entry === undefined) throw new StoreError("not-found", `there is no ${path}`);
    return entry;
  }

  /**
   * The folders on the way to a path that are not there.
   * @throws StoreError `exists` if a file stands in the way.
   */
  missingOn(path: string): string[] {
    const names = path.split("/");
    const way = names.slice(1).map((_, index) => names.slice(0, index + 1).join("/"));
    const missing = way.filter((folder) => {
      const entry = this.entry(folder);
      if (entry !== undefined && entry.kind !== "folder")
        throw new StoreError("exists", `${folder} is no folder, so nothing can be in it`);
      return entry === undefined;
    });
    return missing;
  }

  /** @throws StoreError `not-found` if it is no folder. */
  list(path: string, after: string, limit: number): { entries: Entry[]; more: boolean } {
    if (this.entry(path)?.kind !== "folder") throw new StoreError("not-found", `there is no folder ${path}`);
    const names = this.namesIn(path);
    const from = firstAfter(names, after);
    const entries = names.slice(from, from + limit).map((name) => {
      const one = below(path, name);
      return entryOf(one, this.find(one));
    });
    return { entries, more: names.length > from + limit };
  }

  /** In order. */
  namesIn(folder: string): readonly string[] {
    const names = this.#names.get(folder);
    if (names === undefined) return [];
    return (names.sorted ??= Array.from(names.all).toSorted((a, b) => (a < b ? -1 : 1)));
  }

  /** What is in it and below, and itself last. */
  *bottomUp(path: string): Generator<string> {
    for (const name of this.namesIn(path)) yield* this.bottomUp(below(path, name));
    yield path;
  }

  *states(): Generator<PathState> {
    yield* this.#states.values();
  }

  #name(path: string): void {
    const [folder, name] = split(path);
    const names = this.#names.get(folder) ?? { all: new Set(), sorted: undefined };
    this.#names.set(folder, names);
    names.all.add(name);
    names.sorted = undefined;
  }

  #unname(path: string): void {
    const [folder, name] = split(path);
    const names = this.#names.get(folder);
    if (names === undefined) return;
    names.all.delete(name);
    names.sorted = undefined;
    if (names.all.size === 0) this.#names.delete(folder);
  }

  #count({ entry, uploads = [] }: PathState, sign: 1 | -1): void {
    if (entry !== undefined) this.#usage.add(sign * entry.size, sign);
    for (const upload of uploads) this.#usage.add(sign * bytesOf(upload), sign);
  }
}

export function entryOf(path: string, { kind, size, mtimeMs, mode }: KeptEntry): Entry {
  return { path, kind, size, mtimeMs, mode };
}

export function isGone({ entry, uploads = [] }: PathState): boolean {
  return entry === undefined && uploads.length === 0;
}

/** What is counted for it: all that it will need while somebody writes, and then what there is. */
export function bytesOf({ writer, had, size }: KeptUpload): number {
  return writer === undefined ? had : size;
}

function split(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
}

function firstAfter(names: readonly string[], after: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle]! <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
