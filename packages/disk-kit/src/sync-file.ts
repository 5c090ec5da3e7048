// Has the disk keep a file: in another thread, for a slow one must not stop what else goes on; or at once. Knows no names.
import { fsync, fsyncSync } from "node:fs";
import { AT_ONCE_BYTES } from "./pace.ts";

// To wake up another thread and come back costs some 20 µs; who answers within a few times that is not worth it.
const QUICK_MS = 0.1;
const SLOW_MS = 1;
// So many that were asked for together tell how long one takes.
const ENOUGH = 8;

type Callback = (error: NodeJS.ErrnoException | null) => void;

export interface SyncCalls {
  readonly fsync: (fd: number, callback: Callback) => void;
  /** Throws what the system says. */
  readonly fsyncSync: (fd: number) => void;
  /** Milliseconds from anywhere on. */
  readonly now: () => number;
}

export class FileSync {
  readonly #calls: SyncCalls;
  #wishes: { readonly fd: number; readonly callback: Callback }[] = [];
  /** What the other threads have found last, unless one in ours has taken long since. It is never tried in the blind. */
  #isQuick = false;

  constructor(calls: SyncCalls) {
    this.#calls = calls;
  }

  /** @param bytes how many the file has, which may all be to be written. */
  sync(fd: number, bytes: number, callback: Callback): void {
    if (this.#isQuick && bytes <= AT_ONCE_BYTES) this.#syncNow(fd, callback);
    // Those of one turn of the event loop go to the other threads together: waking one up for each costs more than the call.
    else if (this.#wishes.push({ fd, callback }) === 1) setImmediate(() => this.#begin());
  }

  #syncNow(fd: number, callback: Callback): void {
    const { now } = this.#calls;
    const beganMs = now();
    let failure: NodeJS.ErrnoException | null = null;
    try {
      this.#calls.fsyncSync(fd);
    } catch (error) {
      failure = error as NodeJS.ErrnoException;
    }
    this.#isQuick = now() - beganMs < SLOW_MS;
    callback(failure);
  }

  #begin(): void {
    const { now } = this.#calls;
    const wishes = this.#wishes;
    this.#wishes = [];
    const beganMs = now();
    let left = wishes.length;
    for (const { fd, callback } of wishes)
      this.#calls.fsync(fd, (error) => {
        left--;
        if (left === 0 && wishes.length >= ENOUGH)
          this.#isQuick = (now() - beganMs) / wishes.length < QUICK_MS;
        callback(error);
      });
  }
}

/** Of all files that this process has: they mostly lie on one disk. */
export const fileSync: FileSync = new FileSync({ fsync, fsyncSync, now: () => performance.now() });
