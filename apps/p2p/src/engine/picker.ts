// Which block to ask whom for: rarest first, a piece of its own for each uploader, an end game. Knows no socket and no clock.
import type { Random } from "@socketlab/core";
import { Bitfield } from "./bitfield.ts";
import { PartialPiece } from "./partial-piece.ts";
import { Rarity } from "./rarity.ts";

/** A block of a piece, both counted from 0. */
export interface Block {
  readonly piece: number;
  readonly block: number;
}

export interface PickerOptions<Peer> {
  readonly pieces: number;
  /** How many blocks a piece has. */
  readonly blocksOf: (piece: number) => number;
  /** Those that need no download. */
  readonly have: Bitfield;
  /** Those that are to be downloaded. */
  readonly wanted: Bitfield;
  readonly random: Random;
  /** In the order of the file in place of rarest first: to watch it while it comes; the swarm is the worse for it. */
  readonly sequential?: boolean;
  /** In how long a peer will have sent what it has been asked for, and `more` blocks, as far as one can tell. */
  readonly dueInMs: (peer: Peer, more: number) => number;
  /** Pieces begun and not finished, each of which has a buffer; at least 1. Default: no limit. */
  readonly maxPartials?: number;
  /** A piece that was begun is given up, so that another can be begun: what has come of it is not needed any more. */
  readonly onGivenUp?: (piece: number) => void;
}

// Cohen 2003: whoever has nothing takes any piece, since a rare one is slow to come and it has nothing to give meanwhile.
const RANDOM_FIRST = 1;
/** How many are asked for the same piece, before any of them has begun to send it. */
const MOST_RIVALS = 4;
/** In the end game: how many are asked for the same block, … */
const MOST_ASKED = 2;
/** … and how much sooner than the first the second must be done. Less is chance, and costs more than it gains. */
const TIMES_SOONER = 2;
const SOONER_MS = 4000;

interface Remote {
  readonly has: Bitfield;
  /** How many pieces it has that we want. */
  interesting: number;
}

/**
 * Two rules make pieces whole early, so that they can be passed on early: each uploader is asked for a piece of its own as long
 * as there is one; and what one has begun and left is finished first. Who would have nothing to do is asked, too, for a piece that
 * others have been asked for and have not begun. Only when every block has been asked for is what is late asked for twice.
 */
export class Picker<Peer extends object> {
  /** What is on our disk, verified. */
  readonly have: Bitfield;
  readonly #options: PickerOptions<Peer>;
  readonly #rarity: Rarity;
  readonly #missing: Bitfield;
  readonly #partials = new Map<number, PartialPiece<Peer>>();
  readonly #remotes = new Map<Peer, Remote>();
  #verified = 0;

  constructor(options: PickerOptions<Peer>) {
    const { pieces, have, wanted } = options;
    this.#options = options;
    this.have = have;
    this.#rarity = new Rarity(pieces);
    this.#missing = new Bitfield(pieces);
    for (let piece = 0; piece < pieces; piece++) if (wanted.has(piece) && !have.has(piece)) this.#want(piece);
  }

  /** Nothing that is wanted is missing. */
  get isDone(): boolean {
    return this.#missing.count === 0;
  }

  /** Pieces that are wanted and not there. */
  get missing(): number {
    return this.#missing.count;
  }

  get partials(): Iterable<PartialPiece<Peer>> {
    return this.#partials.values();
  }

  /** A peer has come; it has nothing yet. */
  join(peer: Peer): void {
    this.#remotes.set(peer, { has: new Bitfield(this.#options.pieces), interesting: 0 });
  }

  /** A peer has left: what it was asked for is to be asked of others. */
  leave(peer: Peer): void {
    this.release(peer);
    const remote = this.#remotes.get(peer);
    if (remote === undefined) return;
    this.#remotes.delete(peer);
    for (const piece of remote.has) this.#rarity.decrement(piece);
  }

  /** What a peer has, as far as it has told. */
  hasOf(peer: Peer): Bitfield {
    return this.#remotes.get(peer)!.has;
  }

  /** @returns whether that is new. */
  learn(peer: Peer, piece: number): boolean {
    const remote = this.#remotes.get(peer)!;
    if (!remote.has.set(piece)) return false;
    this.#rarity.increment(piece);
    if (this.#missing.has(piece)) remote.interesting++;
    return true;
  }

  /** BEP 54: it no longer has it. */
  unlearn(peer: Peer, piece: number): void {
    const remote = this.#remotes.get(peer)!;
    if (!remote.has.clear(piece)) return;
    this.#rarity.decrement(piece);
    if (this.#missing.has(piece)) remote.interesting--;
  }

  /** Whether it has something that we want. */
  isInteresting(peer: Peer): boolean {
    return (this.#remotes.get(peer)?.interesting ?? 0) > 0;
  }

  /**
   * The next block to ask `peer` for; it counts as asked from now on.
   * @param fits which pieces are allowed: while it chokes us, those of its allowed-fast set (BEP 6).
   */
  pick(peer: Peer, fits: (piece: number) => boolean = () => true): Block | undefined {
    const remote = this.#remotes.get(peer);
    if (remote === undefined || remote.interesting === 0) return undefined;
    const offers = (piece: number): boolean => remote.has.has(piece) && fits(piece);
    const partial =
      this.#begun(peer, offers) ?? this.#fresh(offers) ?? this.#joined(offers) ?? this.#replaced(offers);
    if (partial !== undefined) return this.#ask(peer, partial, partial.nextMissing());
    return this.isInEndGame ? this.#again(peer, offers) : undefined;
  }

  /**
   * For a peer that would have nothing to do: all blocks of a piece that another has been asked for, and has not begun to send.
   * Whoever begins first sends it.
   */
  pickRival(peer: Peer, fits: (piece: number) => boolean = () => true): Block[] {
    const remote = this.#remotes.get(peer);
    if (remote === undefined || remote.interesting === 0) return [];
    let last: PartialPiece<Peer> | undefined;
    // The one that was asked for last comes last.
    for (const partial of this.#partials.values())
      if (
        partial.received.count === 0 &&
        partial.askers.size < MOST_RIVALS &&
        !partial.askers.has(peer) &&
        remote.has.has(partial.piece) &&
        fits(partial.piece)
      )
        last = partial;
    if (last === undefined) return [];
    const chosen = last;
    return Array.from({ length: chosen.blocks }, (_, block) => this.#ask(peer, chosen, block));
  }

  /**
   * A block has come, whoever was asked for it.
   * @returns what others need not send any more, and whether the piece is whole; undefined if nobody needs it.
   */
  receive(
    peer: Peer,
    { piece, block }: Block,
  ): { cancel: { peer: Peer; block: number }[]; isWhole: boolean } | undefined {
    const partial = this.#partials.get(piece);
    const cancel = partial?.receive(peer, block);
    return partial === undefined || cancel === undefined
      ? undefined
      : { cancel, isWhole: partial.isComplete };
  }

  /** That peer will not send this block (it has said so, or takes too long); without one: none that it was asked for. */
  release(peer: Peer, block?: Block): void {
    if (block !== undefined) this.#partials.get(block.piece)?.release(peer, block.block);
    else
      for (const partial of this.#partials.values())
        if (partial.askers.has(peer)) for (let at = 0; at < partial.blocks; at++) partial.release(peer, at);
  }

  /** A piece is whole, verified and ours. */
  verified(piece: number): void {
    this.#partials.delete(piece);
    this.#rarity.remove(piece);
    // Whoever keeps the pieces may have set it already.
    this.have.set(piece);
    if (!this.#missing.clear(piece)) return;
    this.#verified++;
    for (const remote of this.#remotes.values()) if (remote.has.has(piece)) remote.interesting--;
  }

  /** A piece is not what its hash says, or is lost. @param isWanted whether it is to be downloaded again. */
  lost(piece: number, isWanted = true): void {
    this.#partials.delete(piece);
    this.have.clear(piece);
    if (!isWanted) return;
    if (!this.#missing.has(piece)) {
      for (const remote of this.#remotes.values()) if (remote.has.has(piece)) remote.interesting++;
    }
    this.#want(piece);
  }

  #want(piece: number): void {
    this.#missing.set(piece);
    this.#rarity.add(piece);
  }

  /** Every block that we want has been asked for. */
  get isInEndGame(): boolean {
    if (this.#rarity.size > 0) return false;
    for (const { missing } of this.#partials.values()) if (missing > 0) return false;
    return true;
  }

  /** A piece that this peer, or one that has left, has begun. */
  #begun(peer: Peer, offers: (piece: number) => boolean): PartialPiece<Peer> | undefined {
    let orphan: PartialPiece<Peer> | undefined;
    for (const partial of this.#partials.values()) {
      if (partial.missing === 0 || !offers(partial.piece)) continue;
      if (partial.askers.has(peer)) return partial;
      if (partial.askers.size === 0) orphan ??= partial;
    }
    return orphan;
  }

  /** A piece that nobody has been asked for. */
  #fresh(offers: (piece: number) => boolean): PartialPiece<Peer> | undefined {
    const { blocksOf, random, sequential = false } = this.#options;
    if (this.#isFull) return undefined;
    const piece = sequential
      ? this.#rarity.first(offers)
      : this.#verified < RANDOM_FIRST && this.have.count === 0
        ? this.#rarity.any(offers, random)
        : this.#rarity.rarest(offers, random);
    if (piece === undefined) return undefined;
    this.#rarity.remove(piece);
    const partial = new PartialPiece<Peer>(piece, blocksOf(piece));
    this.#partials.set(piece, partial);
    return partial;
  }

  /** The piece of others that has the most left to ask for. */
  #joined(offers: (piece: number) => boolean): PartialPiece<Peer> | undefined {
    let most: PartialPiece<Peer> | undefined;
    for (const partial of this.#partials.values())
      if (partial.missing > (most?.missing ?? 0) && offers(partial.piece)) most = partial;
    return most;
  }

  get #isFull(): boolean {
    return this.#partials.size >= (this.#options.maxPartials ?? Infinity);
  }

  /**
   * Where no more may be begun, and nobody sends one of those that are: it gives way to one that this peer has. Or those who are
   * there would wait for those who have left.
   */
  #replaced(offers: (piece: number) => boolean): PartialPiece<Peer> | undefined {
    if (!this.#isFull || this.#rarity.any(offers, this.#options.random) === undefined) return undefined;
    let least: PartialPiece<Peer> | undefined;
    for (const partial of this.#partials.values())
      if (
        partial.askers.size === 0 &&
        !partial.isComplete &&
        !(least && least.received.count <= partial.received.count)
      )
        least = partial;
    if (least === undefined) return undefined;
    this.#partials.delete(least.piece);
    this.#options.onGivenUp?.(least.piece);
    const fresh = this.#fresh(offers);
    this.#rarity.add(least.piece);
    return fresh;
  }

  /** A block that somebody else has been asked for and has not sent: from the piece that has the most left to come. */
  #again(peer: Peer, offers: (piece: number) => boolean): Block | undefined {
    let chosen: PartialPiece<Peer> | undefined;
    let block = -1;
    for (const partial of this.#partials.values()) {
      const left = partial.blocks - partial.received.count;
      if (chosen !== undefined && left <= chosen.blocks - chosen.received.count) continue;
      if (!offers(partial.piece)) continue;
      const candidate = this.#lateBlockOf(partial, peer);
      if (candidate === undefined) continue;
      chosen = partial;
      block = candidate;
    }
    return chosen === undefined ? undefined : this.#ask(peer, chosen, block);
  }

  #ask(peer: Peer, partial: PartialPiece<Peer>, block: number): Block {
    partial.ask(peer, block);
    return { piece: partial.piece, block };
  }

  /** From behind, since whoever was asked first sends from the front. */
  #lateBlockOf(partial: PartialPiece<Peer>, peer: Peer): number | undefined {
    const { dueInMs } = this.#options;
    const lateMs = SOONER_MS + TIMES_SOONER * dueInMs(peer, 1);
    const isLate = (other: Peer): boolean => dueInMs(other, 0) > lateMs;
    for (let block = partial.blocks - 1; block >= 0; block--) {
      if (partial.received.has(block)) continue;
      const asked = partial.askedFor(block);
      if (asked.length < MOST_ASKED && !asked.includes(peer) && asked.every(isLate)) return block;
    }
    return undefined;
  }
}
