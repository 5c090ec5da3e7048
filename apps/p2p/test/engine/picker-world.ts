// A picker, and a model that knows all: each deed is done to both, and what is answered is checked. Chooses no deed.
import type { Random } from "@socketlab/core";
import { expect } from "vitest";
import type { Block, Picker } from "../../src/engine/picker.ts";
import { allPieces, blockOf, blocksOf, fieldOf, keyOf, newPeer, pickerOf, type Peer } from "./pickers.ts";

/** A picker, and beside it what is true. Each deed is done to both, and what is answered is checked. */
export class World {
  readonly picker: Picker<Peer>;
  readonly peers: Peer[] = [];
  readonly have: Set<number> = new Set();
  readonly wanted: readonly number[];
  /** "piece block" */
  readonly received: Set<string> = new Set();
  /** Whole, and being verified. */
  readonly whole: Set<number> = new Set();
  readonly #random: Random;
  #names = 0;

  constructor(random: Random) {
    this.#random = random;
    const pieces = allPieces.filter(() => random() < 0.9);
    this.wanted = pieces;
    this.picker = pickerOf({ wanted: fieldOf(pieces), random, dueInMs: () => (random() < 0.5 ? 0 : 60_000) });
  }

  chance(count: number): number {
    return Math.floor(this.#random() * count);
  }

  get missing(): number[] {
    return this.wanted.filter((piece) => !this.have.has(piece));
  }

  join(): void {
    const peer = newPeer(`peer ${this.#names++}`);
    this.peers.push(peer);
    this.picker.join(peer);
  }

  leave(at: number): void {
    const [peer] = this.peers.splice(at, 1);
    if (peer !== undefined) this.picker.leave(peer);
  }

  learn(peer: Peer, piece: number): void {
    expect(this.picker.learn(peer, piece)).toBe(!peer.has.has(piece));
    peer.has.add(piece);
  }

  unlearn(peer: Peer, piece: number): void {
    this.picker.unlearn(peer, piece);
    peer.has.delete(piece);
  }

  /** @returns whether there was something. */
  pick(peer: Peer, fits: (piece: number) => boolean): boolean {
    const offered = this.missing.filter((piece) => peer.has.has(piece) && fits(piece));
    const open = this.#blocks(this.missing).filter(
      (key) => !this.received.has(key) && this.#askers(key).length === 0,
    );
    const openHere = open.filter((key) => offered.includes(blockOf(key).piece));
    const untouched = offered.filter((piece) => this.#isUntouched(piece));
    const own = openHere.some((key) => this.#owers(blockOf(key).piece).includes(peer));
    const orphaned = openHere.some((key) => {
      const { piece } = blockOf(key);
      return !this.#isUntouched(piece) && this.#owers(piece).length === 0;
    });
    const block = this.picker.pick(peer, fits);
    if (openHere.length > 0) expect(block).toBeDefined();
    if (block === undefined) return false;
    const key = keyOf(block);
    this.#checkAsked(peer, block, offered);
    const owers = this.#owers(block.piece);
    if (openHere.length > 0) expect(openHere).toContain(key);
    else {
      // The end game: not before everything is asked for, and of two at most.
      expect(open).toEqual([]);
      expect(this.#askers(key).length).toBeLessThan(2);
    }
    if (own) expect(owers).toContain(peer);
    else if (orphaned) expect([this.#isUntouched(block.piece), owers.length]).toEqual([false, 0]);
    else if (untouched.length > 0) {
      expect(untouched).toContain(block.piece);
      const copies = (piece: number): number => this.peers.filter(({ has }) => has.has(piece)).length;
      // The very first may be any.
      if (this.have.size > 0)
        expect(copies(block.piece)).toBe(Math.min(...untouched.map((piece) => copies(piece))));
    }
    peer.asked.add(key);
    return true;
  }

  /** Whoever has been asked for nothing, and for whom there is nothing of its own. */
  pickRival(peer: Peer): void {
    if (peer.asked.size > 0 || this.pick(peer, () => true)) return;
    const blocks = this.picker.pickRival(peer);
    if (blocks.length === 0) return;
    const { piece } = blocks[0]!;
    expect(this.#owers(piece).length).toBeGreaterThan(0);
    expect(blocks.map(keyOf)).toEqual(this.#blocks([piece]));
    for (const block of blocks) {
      this.#checkAsked(peer, block, this.missing);
      peer.asked.add(keyOf(block));
    }
  }

  receive(peer: Peer, block: Block): void {
    const outcome = this.picker.receive(peer, block);
    const key = keyOf(block);
    peer.asked.delete(key);
    expect(outcome === undefined).toBe(this.received.has(key));
    if (outcome === undefined) return;
    this.received.add(key);
    for (const { peer: other, block: at } of outcome.cancel)
      expect(other.asked.delete(keyOf({ piece: block.piece, block: at }))).toBe(true);
    // Nobody goes on with what has come.
    expect(this.#askers(key)).toEqual([]);
    const isWhole = this.#blocks([block.piece]).every((each) => this.received.has(each));
    expect(outcome.isWhole).toBe(isWhole);
    if (isWhole) this.whole.add(block.piece);
  }

  release(peer: Peer, key: string): void {
    this.picker.release(peer, blockOf(key));
    peer.asked.delete(key);
  }

  releaseAll(peer: Peer): void {
    this.picker.release(peer);
    peer.asked.clear();
  }

  finish(piece: number, isGood: boolean): void {
    this.whole.delete(piece);
    if (isGood) {
      this.picker.verified(piece);
      this.have.add(piece);
    } else this.#forget(piece);
  }

  lose(piece: number): void {
    this.have.delete(piece);
    this.#forget(piece);
  }

  check(): void {
    const { missing } = this;
    expect(this.picker.missing).toBe(missing.length);
    expect(this.picker.isDone).toBe(missing.length === 0);
    expect([...this.picker.have]).toEqual([...this.have].toSorted((a, b) => a - b));
    for (const peer of this.peers) {
      expect([...this.picker.hasOf(peer)]).toEqual([...peer.has].toSorted((a, b) => a - b));
      expect(this.picker.isInteresting(peer)).toBe(missing.some((piece) => peer.has.has(piece)));
    }
    for (const partial of this.picker.partials) {
      expect(missing).toContain(partial.piece);
      for (const peer of this.peers) {
        const owed = [...peer.asked].filter((key) => blockOf(key).piece === partial.piece).length;
        expect(partial.askers.get(peer) ?? 0).toBe(owed);
      }
    }
  }

  #forget(piece: number): void {
    this.picker.lost(piece);
    for (const key of this.#blocks([piece])) this.received.delete(key);
  }

  /** Whatever is asked for: it has that, we want it and have not got it, and it is not being asked for it. */
  #checkAsked(peer: Peer, block: Block, offered: readonly number[]): void {
    expect(offered).toContain(block.piece);
    expect(peer.has.has(block.piece)).toBe(true);
    expect(this.received.has(keyOf(block))).toBe(false);
    expect(peer.asked.has(keyOf(block))).toBe(false);
  }

  #isUntouched(piece: number): boolean {
    return ![...this.picker.partials].some((partial) => partial.piece === piece);
  }

  #blocks(pieces: readonly number[]): string[] {
    return pieces.flatMap((piece) =>
      Array.from({ length: blocksOf(piece) }, (_, block) => keyOf({ piece, block })),
    );
  }

  #askers(key: string): Peer[] {
    return this.peers.filter(({ asked }) => asked.has(key));
  }

  #owers(piece: number): Peer[] {
    return this.peers.filter(({ asked }) => [...asked].some((key) => blockOf(key).piece === piece));
  }
}
