// Who waits for what a server says about which number. Knows no socket.
import type { FromServer } from "../protocol.ts";
import type { SmallFile } from "../transfer/batch.ts";
import type { Lane, Receiver } from "../transfer/receiver.ts";

export type Answer = FromServer & {
  type: "entries" | "entry" | "removed" | "folderMade" | "offer" | "accepted" | "batchDone";
};

export interface Waiting {
  answered(answer: Answer): void;
  failed(error: Error): void;
  /** Of a transfer that this side sends: it is under its name there. */
  done?(): void;
  /** So many bytes of it have gone out; are there from an earlier attempt. */
  sent?: ((bytes: number) => void) | undefined;
  kept?: ((bytes: number) => void) | undefined;
  /** Of a transfer that this side receives. */
  receiver?: { receiver: Receiver; lane: Lane };
  /** Of small files that this side receives. */
  take?(files: readonly SmallFile[]): Promise<void>;
}

export class WaitingList {
  readonly #waiting = new Map<number, Waiting>();
  /** Why nobody will answer any more. */
  #reason: Error | undefined;
  #lastId = 0;

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Why nothing is answered any more, when it is so. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /** A number that nobody waits for. */
  next(): number {
    this.#lastId = (this.#lastId + 1) % 2 ** 32;
    return this.#lastId;
  }

  get(id: number): Waiting | undefined {
    return this.#waiting.get(id);
  }

  /** Whoever comes when it is over is told at once. */
  add(id: number, waiting: Waiting): void {
    if (this.#reason === undefined) this.#waiting.set(id, waiting);
    else waiting.failed(this.#reason);
  }

  delete(id: number): void {
    this.#waiting.delete(id);
  }

  /** The one answer to what this number asked. */
  answer(id: number, take?: Waiting["take"]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const answered = (answer: Answer): void => {
        this.#waiting.delete(id);
        resolve(answer);
      };
      this.add(id, { answered, failed: reject, ...(take !== undefined && { take }) });
    });
  }

  fail(id: number, error: Error): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.failed(error);
  }

  /** Nothing is answered any more: tells all. */
  close(reason: Error): void {
    this.#reason = reason;
    for (const id of this.#waiting.keys()) this.fail(id, reason);
  }
}
