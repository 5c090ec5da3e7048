// A sender and receivers back to back, without a network: what one says the other gets, in order, later, or never again.
import type { Random } from "@socketlab/core";
import { CHUNK_BYTES, HASH_BYTES } from "../../src/protocol.ts";
import { Blocks } from "../../src/transfer/blocks.ts";
import { Credit } from "../../src/transfer/credit.ts";
import type { Source } from "../../src/transfer/ends.ts";
import type { FromReceiver, FromSender } from "../../src/transfer/messages.ts";
import type { Lane, Receiver } from "../../src/transfer/receiver.ts";
import { Sender } from "../../src/transfer/sender.ts";
import type { OutgoingOptions } from "../../src/transfer/sender.ts";
import { later } from "./ends.ts";

export const POOL_BLOCKS = 2;

/** One conversation; its faults may be set at any time. */
export class Pipe {
  /** Called with each chunk as it arrives, in a copy: it may flip its bits. */
  tamper: ((message: FromSender) => void) | undefined;
  /** What is sent arrives only when this has settled. */
  held: Promise<void> | undefined;
  readonly blocks: Blocks = new Blocks({ count: POOL_BLOCKS, bytes: HASH_BYTES + CHUNK_BYTES });
  readonly credit: Credit = new Credit();
  readonly failures: { transfer: number; error: Error }[] = [];
  /** What the receivers threw: the remote side would have broken the rules. */
  readonly errors: Error[] = [];
  readonly said: (FromReceiver | FromSender)[] = [];
  blocksAtMost = 0;
  /** What the sender was told that the receiver has. */
  keptBytes = 0;
  readonly sender: Sender;
  readonly #random: Random;
  readonly #receivers = new Map<number, { receiver: Receiver; lane: Lane }>();
  #isCut = false;
  #delivered: Promise<void> = Promise.resolve();

  constructor(random: Random) {
    this.#random = random;
    this.sender = new Sender({
      say: (message) => this.#fromSender(message),
      blocks: this.blocks,
      onFailed: (transfer, error) => this.failures.push({ transfer, error }),
      onKept: (_transfer, bytes) => (this.keptBytes += bytes),
    });
  }

  /** Begins a transfer. */
  join(transfer: number, receiver: Receiver, source: Source, options: OutgoingOptions): Lane {
    const say = (message: FromReceiver): Promise<void> => this.#fromReceiver(message);
    const lane: Lane = { transfer, say, credit: this.credit };
    this.#receivers.set(transfer, { receiver, lane });
    receiver.join(lane);
    this.sender.begin(transfer, source, options);
    return lane;
  }

  /** The connection breaks: nothing arrives any more, and everybody is told. */
  async cut(): Promise<void> {
    this.#isCut = true;
    for (const { receiver, lane } of this.#receivers.values()) receiver.leave(lane);
    await this.sender.close();
  }

  /** The bytes are looked at only when they leave, which is when `say` settles. */
  async #fromSender(message: FromSender): Promise<void> {
    this.blocksAtMost = Math.max(this.blocksAtMost, this.blocks.inUse);
    const left = this.#delivered.then(async () => {
      await later(this.#random);
      await this.held;
      if (this.#isCut) throw new Error("the connection is cut");
      return copyOf(message);
    });
    // One after the other, and the receiver is not waited for: its credit must do.
    this.#delivered = left.then((copy) => this.#arrive(copy)).catch(() => {});
    await left;
  }

  #arrive(message: FromSender): void {
    this.said.push(message);
    this.tamper?.(message);
    const { receiver, lane } = this.#receivers.get(message.transfer)!;
    receiver.receive(lane, message).catch((error: unknown) => this.errors.push(error as Error));
  }

  async #fromReceiver(message: FromReceiver): Promise<void> {
    // In order all the same: each is let through by the one before it.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#isCut) throw new Error("the connection is cut");
    this.said.push(message);
    this.sender.receive(message);
  }
}

function copyOf(message: FromSender): FromSender {
  if (message.type === "chunk") return { ...message, hashAndData: new Uint8Array(message.hashAndData) };
  if (message.type === "hashes") return { ...message, hashes: new Uint8Array(message.hashes) };
  return message;
}
