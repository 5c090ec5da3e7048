// Folders of a NATS store, and what becomes of a path: made with the folders on its way, or removed. Knows no uploads.
import type { Clock } from "@socketlab/core";
import { chunkCount } from "../transfer/chunks.ts";
import type { NatsContents } from "./nats-contents.ts";
import type { NatsLedger } from "./nats-ledger.ts";
import type { KeptEntry, KeptUpload, NatsTree, PathState } from "./nats-tree.ts";
import { StoreError, type FileDescription } from "./store.ts";
import type { Usage } from "./usage.ts";

/** Who makes and removes folders on the way at the same time may win, but not for ever. */
const MAX_TRIES = 10;
const FOLDER_MODE = 0o755;

export interface NatsPlaces {
  readonly ledger: NatsLedger;
  readonly contents: NatsContents;
  readonly usage: Usage;
  readonly clock: Clock;
  /** Removes the chunks of what is gone, sometime. */
  readonly drop: (gone: KeptEntry | undefined) => void;
}

export class NatsFolders {
  readonly #ledger: NatsLedger;
  readonly #contents: NatsContents;
  readonly #usage: Usage;
  readonly #clock: Clock;
  readonly #drop: NatsPlaces["drop"];

  constructor({ ledger, contents, usage, clock, drop }: NatsPlaces) {
    this.#ledger = ledger;
    this.#contents = contents;
    this.#usage = usage;
    this.#clock = clock;
    this.#drop = drop;
  }

  async make(path: string, given: Partial<Omit<FileDescription, "size">>): Promise<void> {
    if (path === "") return;
    await this.change(path, (tree) => {
      const there = tree.entry(path);
      if (there !== undefined) {
        if (there.kind !== "folder")
          throw new StoreError("exists", `there is a ${path} already, which is no folder`);
        const { mtimeMs = there.mtimeMs, mode = there.mode } = given;
        if (mtimeMs === there.mtimeMs && mode === there.mode) return undefined;
        return this.with(tree.state(path), { ...there, mtimeMs, mode });
      }
      this.assertRoom(path, 0, tree.missingOn(path).length + 1);
      return this.with(tree.state(path), { ...this.#newFolder(), ...given });
    });
  }

  async remove(path: string, isRecursive: boolean): Promise<number> {
    if (path === "") throw new StoreError("not-allowed", "the folder that is served stays");
    const { tree } = this.#ledger;
    tree.find(path);
    if (!isRecursive) return this.#removeOne(path, () => this.#refuseFull(path));
    let count = 0;
    // What comes into it meanwhile is removed as well.
    for (let tries = 0; tries < MAX_TRIES && tree.entry(path) !== undefined; tries++)
      for (const one of Array.from(tree.bottomUp(path))) count += await this.#removeOne(one, () => undefined);
    return count;
  }

  /** A change of what needs folders on its way: those that are missing are made first. */
  async change(path: string, decide: (tree: NatsTree) => Omit<PathState, "path"> | undefined): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      let missing: string[] = [];
      await this.#ledger.change(path, (tree) => {
        const state = decide(tree);
        missing = state === undefined ? [] : tree.missingOn(path);
        return missing.length > 0 ? undefined : state;
      });
      if (missing.length === 0) return;
      for (const folder of missing)
        await this.#ledger.change(folder, (tree) => {
          const isToMake = tree.entry(folder) === undefined && tree.missingOn(folder).length === 0;
          if (!isToMake) return undefined;
          // Since it was asked, others may have taken the room.
          this.assertRoom(folder, 0, 1);
          return this.with(tree.state(folder), this.#newFolder());
        });
    }
    throw new StoreError("failed", `the folder of ${path} is removed again and again: try again`);
  }

  /** What is known of a path from now on. */
  with(
    state: PathState | undefined,
    entry: KeptEntry | undefined,
    uploads: readonly KeptUpload[] = state?.uploads ?? [],
  ): Omit<PathState, "path"> {
    return { ...(entry && { entry }), ...(uploads.length > 0 && { uploads }), atMs: this.#clock.now() };
  }

  /** @throws StoreError `too-large`, `too-many` if there is no room for so many more. */
  assertRoom(path: string, bytes: number, files: number): void {
    this.#usage.reserve(path, bytes, files);
    // It is counted when it is written.
    this.#usage.add(-bytes, -files);
  }

  async #removeOne(path: string, onFull: () => undefined): Promise<number> {
    let gone: KeptEntry | undefined;
    const remove = (): Promise<void> =>
      this.#ledger.change(path, (tree) => {
        gone = undefined;
        if (tree.namesIn(path).length > 0) return onFull();
        const state = tree.state(path);
        gone = state?.entry;
        return gone && this.with(state, undefined);
      });
    try {
      await remove();
    } catch (error) {
      // A broker that is full has no room for this either, until its chunks are gone.
      const { content, size = 0 } = gone ?? {};
      if (!isNoSpace(error) || content === undefined || size === 0) throw error;
      await this.#contents.drop(content, chunkCount(size));
      await remove();
    }
    this.#drop(gone);
    return gone === undefined ? 0 : 1;
  }

  #refuseFull(path: string): never {
    throw new StoreError("not-empty", `there is something in ${path}`);
  }

  #newFolder(): KeptEntry {
    return { kind: "folder", size: 0, mtimeMs: Math.round(this.#clock.now()), mode: FOLDER_MODE };
  }
}

export function isNoSpace(error: unknown): boolean {
  return error instanceof StoreError && error.code === "no-space";
}
