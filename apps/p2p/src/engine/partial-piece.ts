// A piece of which some blocks have been asked for or have come: who was asked for which. Knows no bytes.
import { Bitfield } from "./bitfield.ts";

export class PartialPiece<Peer> {
  readonly piece: number;
  /** How many blocks it has. */
  readonly blocks: number;
  readonly received: Bitfield;
  /** Of each block: who has been asked for it and has neither sent nor refused it. */
  readonly #asked: Peer[][];
  /** Blocks that have not come, and that nobody has been asked for. */
  missing: number;
  /** The same, before which there is none. */
  #firstMissing = 0;
  /** How many blocks each of those who are asked still owes. */
  readonly askers: Map<Peer, number> = new Map();

  constructor(piece: number, blocks: number) {
    this.piece = piece;
    this.blocks = blocks;
    this.received = new Bitfield(blocks);
    this.#asked = Array.from({ length: blocks }, () => []);
    this.missing = blocks;
  }

  get isComplete(): boolean {
    return this.received.isFull;
  }

  askedFor(block: number): readonly Peer[] {
    return this.#asked[block]!;
  }

  /** The next block that nobody has been asked for. There must be one. */
  nextMissing(): number {
    let block = this.#firstMissing;
    while (this.received.has(block) || this.#asked[block]!.length > 0) block++;
    this.#firstMissing = block;
    return block;
  }

  ask(peer: Peer, block: number): void {
    if (this.#asked[block]!.length === 0) this.missing--;
    this.#asked[block]!.push(peer);
    this.askers.set(peer, (this.askers.get(peer) ?? 0) + 1);
  }

  /**
   * @returns what others need not send any more; undefined if it has come before. The first block that comes decides who sends
   *   the piece: whatever else others were asked for as well as `peer`, they need not send either.
   */
  receive(peer: Peer, block: number): { peer: Peer; block: number }[] | undefined {
    if (this.received.has(block)) return undefined;
    if (this.#asked[block]!.length === 0) this.missing--;
    const cancelled: { peer: Peer; block: number }[] = [];
    const cancel = (at: number): void => {
      for (const asker of this.#asked[at]!) if (asker !== peer) cancelled.push({ peer: asker, block: at });
    };
    const isFirst = this.received.count === 0;
    this.received.set(block);
    cancel(block);
    if (isFirst && this.askers.size > 1)
      for (let at = 0; at < this.blocks; at++)
        if (at !== block && this.#asked[at]!.includes(peer)) cancel(at);
    for (const { peer: other, block: at } of cancelled) this.release(other, at);
    for (const asker of this.#asked[block]!) this.#owesLess(asker);
    this.#asked[block] = [];
    return cancelled;
  }

  /** That peer will not send this block. */
  release(peer: Peer, block: number): void {
    const asked = this.#asked[block]!;
    const at = asked.indexOf(peer);
    if (at < 0) return;
    asked.splice(at, 1);
    this.#owesLess(peer);
    if (asked.length > 0 || this.received.has(block)) return;
    this.missing++;
    this.#firstMissing = Math.min(this.#firstMissing, block);
  }

  #owesLess(peer: Peer): void {
    const left = this.askers.get(peer)! - 1;
    if (left === 0) this.askers.delete(peer);
    else this.askers.set(peer, left);
  }
}
