// Swarms in memory, and a snapshot of them in a file, so that a tracker that starts again knows its peers. Knows no wire.
import { every, type Clock } from "@socketlab/core";
import type { ScrapeCounts } from "../messages.ts";
import { hexOf } from "../../hex.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import type { TrackerStore, Visit, Visited } from "./store.ts";
import { Swarms, type SwarmLimits } from "./swarms.ts";

/** What a tracker forgets when it is killed; its peers come again within half an hour anyway. */
const SNAPSHOT_PERIOD_MS = 60_000;

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly expiryMs: number;
  readonly limits?: Partial<SwarmLimits> | undefined;
  /** Where the snapshot is; without one nothing is kept. */
  readonly file?: string | undefined;
  /** For an error that nobody waits for: the snapshot could not be written. */
  readonly onError?: (error: Error) => void;
}

/** @throws UsageError `bad-file` if there is a file that is no snapshot, or cannot be read. */
export async function openMemoryStore(options: MemoryStoreOptions): Promise<TrackerStore> {
  const { clock, file } = options;
  const swarms = new Swarms({ ...options, now: () => clock.now() });
  if (file !== undefined) await readSnapshot(file, swarms);
  return new MemoryStore(swarms, options);
}

class MemoryStore implements TrackerStore {
  readonly #swarms: Swarms;
  readonly #file: string | undefined;
  readonly #onError: (error: Error) => void;
  readonly #timer: { clear(): void } | undefined;
  #hasChanged = false;
  /** One snapshot is written at a time. */
  #writing: Promise<void> = Promise.resolve();

  constructor(swarms: Swarms, { clock, file, onError }: MemoryStoreOptions) {
    this.#swarms = swarms;
    this.#file = file;
    this.#onError = onError ?? ((): void => {});
    if (file !== undefined) this.#timer = every(clock, SNAPSHOT_PERIOD_MS, () => void this.#save());
  }

  async announce(visit: Visit): Promise<Visited> {
    this.#hasChanged = true;
    return this.#swarms.announce(visit);
  }

  async scrape(infoHash: Uint8Array): Promise<ScrapeCounts | undefined> {
    return this.#swarms.counts(hexOf(infoHash));
  }

  get size(): TrackerStore["size"] {
    return this.#swarms.size;
  }

  async close(): Promise<void> {
    this.#timer?.clear();
    await this.#save();
  }

  /** Never rejects. */
  async #save(): Promise<void> {
    const file = this.#file;
    if (file === undefined || !this.#hasChanged) return this.#writing;
    this.#hasChanged = false;
    this.#writing = this.#writing
      .then(() => writeSnapshot(file, this.#swarms))
      .catch((error: Error) => {
        // What has not been written is written next time.
        this.#hasChanged = true;
        this.#onError(error);
      });
    return this.#writing;
  }
}
