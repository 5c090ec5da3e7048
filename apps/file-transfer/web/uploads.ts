// The files that this page sends: which wait, which are under way, how each of them stands. Knows neither React nor socket.
import { SocketlabError, UsageError } from "@socketlab/core";
import { backoffMs, randomToken } from "@socketlab/page-kit";
import { RefusedError } from "../src/client/refused-error.ts";
import type { Remote } from "../src/client/remote.ts";
import { below, parseName } from "../src/paths.ts";
import { UNASKED_BYTES } from "../src/protocol.ts";
import { ChunkHashes } from "../src/transfer/hashes.ts";
import { FileSource } from "./file-source.ts";
import { mayRead, openAgain, type Found, type Whereabouts } from "./found.ts";
import { Rate } from "./rate.ts";
import type { Memory, Remembered } from "./remembered.ts";
import type { Totals, UploadsView, UploadView } from "./upload-view.ts";

/** More would only slow each other down. */
const AT_A_TIME = 4;
/** A page knows no permission bits. */
const MODE = 0o644;
/** Nobody reads faster. */
const QUIET_MS = 100;
const REMEMBER_PERIOD_MS = 500;
/** Refusals that may be over in a moment: the server has not noticed yet, say, that our last connection is gone. */
const passing = new Set(["busy", "failed", "too-many"]);
const MOST_ATTEMPTS = 5;

interface Item {
  view: UploadView;
  /** Undefined: an empty folder, or missing. */
  file: File | undefined;
  readonly isFolder: boolean;
  whereabouts: Whereabouts | undefined;
  /** The same in each attempt, so that the server knows that it is one. */
  readonly upload: string;
  /** What an attempt has read the next one need not read again, as long as the page is open. */
  hashes: ChunkHashes;
  attempts: number;
  stop: AbortController | undefined;
}

const nothing: Totals = {
  files: 0,
  done: 0,
  bytes: 0,
  sentBytes: 0,
  perSecond: undefined,
  leftMs: undefined,
};

export class Uploads {
  readonly #memory: Memory;
  readonly #onDone: (path: string) => void;
  readonly #items = new Map<number, Item>();
  readonly #byPath = new Map<string, Item>();
  readonly #waiting = new Set<Item>();
  readonly #running = new Set<Item>();
  readonly #listeners = new Set<() => void>();
  readonly #rate = new Rate();
  #remote: Remote | undefined;
  #lastId = 0;
  #movedBytes = 0;
  #view: UploadsView = { uploads: [], totals: nothing };
  #isStale = false;
  #missingNow: readonly Item[] | undefined;
  #remembering: ReturnType<typeof setInterval> | undefined;

  /** @param onDone called when a file is under its name there. */
  constructor(memory: Memory, onDone: (path: string) => void) {
    this.#memory = memory;
    this.#onDone = onDone;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): UploadsView => this.#view;

  /** What the page did not finish when it was last open. */
  async recall(): Promise<void> {
    for (const { path, size, mtimeMs, sentBytes, whereabouts } of await this.#memory.all()) {
      if (this.#byPath.has(path)) continue;
      const item = this.#make({ path, size, mtimeMs, sentBytes, state: "missing" }, undefined, whereabouts);
      if (whereabouts !== undefined && (await mayRead(whereabouts.root, false))) await this.#reopen(item);
    }
    this.#changed();
  }

  /** From now on files go this way; undefined: there is none. */
  setRemote(remote: Remote | undefined): void {
    this.#remote = remote;
    this.#pump();
  }

  /** @param folder into which they go */
  async add(found: AsyncIterable<Found>, folder: string): Promise<void> {
    let news: Item[] = [];
    const keep = async (): Promise<void> => {
      const items = news.filter(({ isFolder, view }) => !isFolder && this.#isOpen(view));
      news = [];
      await this.#memory.keep(items.map(rememberedOf));
    };
    for await (const one of found) {
      news.push(this.#addOne(one, folder));
      this.#changed();
      this.#pump();
      if (news.length === 500) await keep();
    }
    await keep();
  }

  pause(id: number): void {
    this.#stop(id, "paused");
  }

  /** Goes on with one that is paused, was refused, or is missing and known; the latter takes a click. */
  async goOn(id: number): Promise<void> {
    const item = this.#items.get(id);
    if (item === undefined) return;
    item.attempts = 0;
    // It may have changed, which is what was refused.
    if (item.view.state === "refused") item.hashes = new ChunkHashes("blake3", item.view.size);
    if (item.view.state === "paused" || (item.view.state === "refused" && hasContent(item)))
      this.#enqueue(item);
    else if (item.view.state === "missing" && item.whereabouts !== undefined) {
      if (await mayRead(item.whereabouts.root, true)) await this.#reopen(item);
      else this.#show(item, { why: "the browser may not read it; allow it, or drop it again" });
    }
    this.#pump();
  }

  pauseAll(): void {
    for (const { view } of [...this.#waiting, ...this.#running]) this.pause(view.id);
  }

  async goOnAll(): Promise<void> {
    for (const { view } of this.#items.values())
      if (view.state === "paused" || (view.state === "missing" && view.isKnown)) await this.goOn(view.id);
  }

  /** Stops it, and forgets it here. */
  cancel(id: number): void {
    const item = this.#items.get(id);
    if (item === undefined) return;
    this.#drop(item);
    this.#waiting.delete(item);
    item.stop?.abort(new Stopped());
    void this.#memory.forget([item.view.path]);
    this.#changed();
  }

  /** Takes those off the list that are done. */
  clear(): void {
    for (const item of this.#items.values()) if (item.view.state === "done") this.#drop(item);
    this.#changed();
  }

  #drop(item: Item): void {
    this.#items.delete(item.view.id);
    this.#byPath.delete(item.view.path);
  }

  #isOpen({ id, state }: UploadView): boolean {
    return state !== "done" && this.#items.has(id);
  }

  #addOne({ path, file, whereabouts }: Found, folder: string): Item {
    const [size, mtimeMs] = [file?.size ?? 0, file?.lastModified ?? 0];
    const isSame = (view: UploadView): boolean => view.size === size && view.mtimeMs === mtimeMs;
    // Dropped again: it goes on where it was, whichever folder one is looking at.
    const known = this.#missing().find(
      ({ view }) => isSame(view) && (view.path === path || view.path.endsWith(`/${path}`)),
    );
    if (known !== undefined) {
      known.file = file;
      known.whereabouts = whereabouts;
      this.#enqueue(known);
      return known;
    }
    const target = below(folder, path);
    const before = this.#byPath.get(target);
    if (before !== undefined && before.view.state !== "done" && isSame(before.view)) {
      before.file = file;
      before.hashes = new ChunkHashes("blake3", size);
      if (before.view.state === "refused" || before.view.state === "paused") this.#enqueue(before);
      return before;
    }
    if (before !== undefined) this.cancel(before.view.id);
    const item = this.#make(
      { path: target, size, mtimeMs, sentBytes: 0, state: "waiting" },
      file,
      whereabouts,
    );
    try {
      parseName(target);
      this.#enqueue(item);
    } catch (error) {
      this.#show(item, { state: "refused", why: (error as Error).message });
    }
    return item;
  }

  #make(
    view: Omit<UploadView, "id" | "isKnown">,
    file: File | undefined,
    whereabouts: Whereabouts | undefined,
  ): Item {
    const id = ++this.#lastId;
    const item: Item = {
      view: { ...view, id, isKnown: whereabouts !== undefined },
      file,
      isFolder: file === undefined && view.state !== "missing",
      whereabouts,
      upload: randomToken(),
      hashes: new ChunkHashes("blake3", view.size),
      attempts: 0,
      stop: undefined,
    };
    this.#items.set(id, item);
    this.#byPath.set(view.path, item);
    if (view.state === "missing") this.#missingNow = undefined;
    return item;
  }

  async #reopen(item: Item): Promise<void> {
    try {
      const file = await openAgain(item.whereabouts!);
      const { size, mtimeMs } = item.view;
      if (file.size !== size || file.lastModified !== mtimeMs)
        return this.#show(item, {
          state: "refused",
          why: "the file has changed; drop it again to send it anew",
        });
      item.file = file;
      this.#enqueue(item);
    } catch {
      this.#show(item, { why: "it is not where it was; drop it again", isKnown: false });
    }
    this.#pump();
  }

  #enqueue(item: Item): void {
    this.#waiting.add(item);
    this.#show(item, { state: "waiting", why: undefined });
  }

  #stop(id: number, state: "paused"): void {
    const item = this.#items.get(id);
    if (item === undefined || !(this.#waiting.has(item) || this.#running.has(item))) return;
    this.#waiting.delete(item);
    this.#show(item, { state });
    item.stop?.abort(new Stopped());
  }

  #pump(): void {
    for (const item of this.#waiting) {
      if (this.#remote === undefined || this.#running.size >= AT_A_TIME) return;
      // Paused and gone on with before the last attempt has ended: that goes first.
      if (this.#running.has(item)) continue;
      this.#waiting.delete(item);
      void this.#run(item, this.#remote);
    }
  }

  async #run(item: Item, remote: Remote): Promise<void> {
    this.#running.add(item);
    this.#remember();
    this.#show(item, { state: "sending" });
    try {
      await this.#send(item, remote);
      this.#show(item, { state: "done", sentBytes: item.view.size });
      void this.#memory.forget([item.view.path]);
      this.#onDone(item.view.path);
    } catch (error) {
      this.#failed(item, remote, error as Error);
    }
    this.#running.delete(item);
    item.stop = undefined;
    if (this.#running.size === 0) this.#rate.forget();
    this.#pump();
  }

  async #send(item: Item, remote: Remote): Promise<void> {
    const { file, isFolder, upload } = item;
    const { path, size, mtimeMs } = item.view;
    if (isFolder) return void (await remote.ask<"makeFolder">({ type: "makeFolder", path }));
    const stop = (item.stop = new AbortController());
    let arrivedBytes = 0;
    const arrived = (bytes: number): void => {
      arrivedBytes += bytes;
      this.#show(item, { sentBytes: arrivedBytes });
    };
    await remote.put(
      { type: "put", path, size, mtimeMs, mode: MODE, algorithm: "blake3", upload },
      new FileSource(file!),
      {
        unasked: size > 0 && size <= UNASKED_BYTES,
        hashes: item.hashes,
        signal: stop.signal,
        onKept: arrived,
        onSent: (bytes) => {
          this.#movedBytes += bytes;
          arrived(bytes);
        },
      },
    );
  }

  #failed(item: Item, remote: Remote, error: Error): void {
    // Paused or cancelled: that is shown already.
    if (error instanceof Stopped || !this.#items.has(item.view.id)) return;
    if (error instanceof RefusedError && passing.has(error.code) && ++item.attempts < MOST_ATTEMPTS) {
      this.#show(item, { state: "waiting", why: error.message });
      setTimeout(
        () => {
          if (item.view.state !== "waiting" || !this.#items.has(item.view.id)) return;
          this.#waiting.add(item);
          this.#pump();
        },
        backoffMs(item.attempts - 1, Math.random()),
      );
    } else if (error instanceof RefusedError || isOwn(error))
      this.#show(item, { state: "refused", why: error.message });
    else {
      // The connection is gone; there will be another.
      if (this.#remote === remote) this.#remote = undefined;
      this.#enqueue(item);
    }
  }

  /** Looked for once for each that is dropped, and there may be many of both. */
  #missing(): readonly Item[] {
    this.#missingNow ??= [...this.#items.values()].filter(({ view }) => view.state === "missing");
    return this.#missingNow;
  }

  #show(item: Item, change: Partial<UploadView>): void {
    if (item.view.state === "missing" && change.state !== undefined) this.#missingNow = undefined;
    item.view = { ...item.view, ...change };
    this.#changed();
  }

  /** From time to time, how far those are that are under way. */
  #remember(): void {
    this.#remembering ??= setInterval(() => {
      const running = [...this.#running].filter(
        ({ view, isFolder }) => view.state === "sending" && !isFolder,
      );
      void this.#memory.keep(running.map(rememberedOf));
      if (this.#running.size > 0) return;
      clearInterval(this.#remembering);
      this.#remembering = undefined;
    }, REMEMBER_PERIOD_MS);
  }

  #changed(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    setTimeout(() => {
      this.#isStale = false;
      const uploads = Array.from(this.#items.values(), ({ view }) => view);
      if (this.#running.size > 0) this.#rate.add(performance.now(), this.#movedBytes);
      this.#view = { uploads, totals: totalsOf(uploads, this.#rate.perSecond) };
      for (const listener of this.#listeners) listener();
    }, QUIET_MS);
  }
}

/** Somebody wanted it to stop. */
class Stopped extends Error {}

function hasContent({ file, isFolder }: Item): boolean {
  return file !== undefined || isFolder;
}

/** What is wrong with the file, rather than with the way there. */
function isOwn(error: Error): boolean {
  return error instanceof UsageError || (error instanceof SocketlabError && error.code === "changed");
}

function rememberedOf({ view: { path, size, mtimeMs, sentBytes }, whereabouts }: Item): Remembered {
  return { path, size, mtimeMs, sentBytes, whereabouts };
}

function totalsOf(uploads: readonly UploadView[], perSecond: number | undefined): Totals {
  const totals = { files: uploads.length, done: 0, bytes: 0, sentBytes: 0 };
  let leftBytes = 0;
  for (const { state, size, sentBytes } of uploads) {
    if (state === "done") totals.done++;
    totals.bytes += size;
    totals.sentBytes += sentBytes;
    if (state === "sending" || state === "waiting") leftBytes += size - sentBytes;
  }
  const isMoving = perSecond !== undefined && perSecond > 0 && leftBytes > 0;
  return { ...totals, perSecond, leftMs: isMoving ? (leftBytes / perSecond) * 1000 : undefined };
}
