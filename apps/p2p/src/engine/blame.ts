// Who has lied: finds out who sent the false blocks of a piece that failed its hash. Knows no connection, and bans nobody itself.
import { createHash } from "node:crypto";
import { BLOCK_BYTES } from "../protocol.ts";

/** Blocks of failed pieces that are remembered: some 100 bytes each. The oldest pieces are forgotten, and nobody is blamed. */
const MAX_SUSPICIONS = 16_384;

interface Suspicion<Id> {
  /** Counted within the piece. */
  readonly block: number;
  readonly sender: Id;
  readonly digest: string;
}

/**
 * A piece from one sender that fails is proof. Of several nobody knows who it was; so the piece is fetched again, this time
 * from one sender alone: either it fails, and that one has lied; or it is right, and who has sent something else before is
 * found by comparing. Either way somebody is found each time, and never somebody who has told the truth.
 *
 * A sender is whatever is to be banned: an IP address.
 */
export class Blame<Id> {
  /** Of pieces that have failed and are not yet verified: the oldest first. */
  readonly #suspicions = new Map<number, Suspicion<Id>[]>();
  /** From whom alone such a piece is being fetched. */
  readonly #onTrial = new Map<number, Id>();
  #count = 0;
  readonly #blockBytes: number;

  constructor(blockBytes: number = BLOCK_BYTES) {
    this.#blockBytes = blockBytes;
  }

  /** Whether this piece may be asked of this sender: one that has failed is given to the first who is asked, whole. */
  mayAsk(piece: number, sender: Id): boolean {
    if (!this.#suspicions.has(piece)) return true;
    return (this.#onTrial.get(piece) ?? sender) === sender;
  }

  /** This piece is being asked of this sender. */
  asked(piece: number, sender: Id): void {
    if (this.#suspicions.has(piece) && !this.#onTrial.has(piece)) this.#onTrial.set(piece, sender);
  }

  /** The sender is gone, or chokes, or snubs us: others may go on with what it was to send. */
  released(sender: Id): void {
    for (const [piece, onTrial] of this.#onTrial) if (onTrial === sender) this.#onTrial.delete(piece);
  }

  /**
   * The piece is whole, and wrong; it will be fetched again.
   * @param senders of each block; undefined for one that was there before.
   * @returns who has lied for certain.
   */
  failed(piece: number, bytes: Uint8Array, senders: readonly (Id | undefined)[]): Id[] {
    this.#onTrial.delete(piece);
    const blocks = Math.ceil(bytes.length / this.#blockBytes);
    // None is left out, as `every` does with what was never assigned.
    const all = Array.from({ length: blocks }, (_, block) => senders[block]);
    const [first] = all;
    if (first !== undefined && all.every((sender) => sender === first)) return [first];
    const known = this.#suspicions.get(piece) ?? [];
    for (const [block, sender] of all.entries()) {
      if (sender === undefined) continue;
      known.push({ block, sender, digest: this.#digestOf(bytes, block) });
      this.#count++;
    }
    if (known.length > 0) this.#suspicions.set(piece, known);
    for (const oldest of this.#suspicions.keys()) {
      if (this.#count <= MAX_SUSPICIONS) break;
      this.#forget(oldest);
    }
    return [];
  }

  /** The piece is whole, and right. @returns who has sent something else before, though perhaps banned since. */
  verified(piece: number, bytes: Uint8Array): Id[] {
    const liars = new Set<Id>();
    for (const { block, sender, digest } of this.#suspicions.get(piece) ?? [])
      if (digest !== this.#digestOf(bytes, block)) liars.add(sender);
    this.#forget(piece);
    return [...liars];
  }

  #forget(piece: number): void {
    this.#count -= this.#suspicions.get(piece)?.length ?? 0;
    this.#suspicions.delete(piece);
    this.#onTrial.delete(piece);
  }

  #digestOf(bytes: Uint8Array, block: number): string {
    const begin = block * this.#blockBytes;
    return createHash("sha1")
      .update(bytes.subarray(begin, begin + this.#blockBytes))
      .digest("base64");
  }
}
