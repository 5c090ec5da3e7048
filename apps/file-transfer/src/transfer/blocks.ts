// A bounded pool of equal blocks of memory: whoever finds none free waits for one. Knows nothing of what is put into them.
import { ClosedError, LARGE_BYTES, UsageError } from "@socketlab/core";

/** Not set to zero where that can be had. */
export const allocate: (bytes: number) => Uint8Array<ArrayBuffer> =
  typeof Buffer === "function" ? (bytes) => Buffer.allocUnsafeSlow(bytes) : (bytes) => new Uint8Array(bytes);

/** Made as they are needed, then kept: fresh memory costs more than what is done with it here. */
export class Blocks {
  readonly #count: number;
  readonly #bytes: number;
  readonly #free: Uint8Array[] = [];
  readonly #lent = new Set<Uint8Array>();
  /** In the order in which they came. */
  readonly #waiting = new Set<(block: Uint8Array) => void>();

  constructor({ count, bytes }: { count: number; bytes: number }) {
    this.#count = count;
    this.#bytes = bytes;
  }

  /** How many are taken and not given back. */
  get inUse(): number {
    return this.#lent.size;
  }

  /** A block with anything in it, to be given back. @throws ClosedError `aborted`. */
  async take(signal?: AbortSignal): Promise<Uint8Array> {
    if (signal?.aborted) throw aborted(signal);
    if (this.#lent.size === this.#count) return this.#whenFree(signal);
    const block = this.#free.pop() ?? allocate(this.#bytes);
    this.#lent.add(block);
    return block;
  }

  /** Whoever gives a block back must not look at it any more. @throws UsageError when it is not out. */
  give(block: Uint8Array): void {
    if (!this.#lent.has(block)) throw new UsageError("not-taken", "this block is not taken from this pool");
    const [next] = this.#waiting;
    if (next !== undefined) return next(block);
    this.#lent.delete(block);
    this.#free.push(block);
  }

  #whenFree(signal: AbortSignal | undefined): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(hand);
        signal?.removeEventListener("abort", abort);
      };
      const hand = (block: Uint8Array): void => {
        stop();
        resolve(block);
      };
      const abort = (): void => {
        stop();
        reject(aborted(signal));
      };
      this.#waiting.add(hand);
      signal?.addEventListener("abort", abort);
    });
  }
}

/** What can be said from a block that is used again as soon as that has settled: what is short is copied. */
export function leaving(bytes: Uint8Array): Uint8Array {
  return bytes.length < LARGE_BYTES ? new Uint8Array(bytes) : bytes;
}

function aborted(signal: AbortSignal | undefined): ClosedError {
  return new ClosedError("aborted", "waiting for a block was aborted", { cause: signal?.reason });
}
