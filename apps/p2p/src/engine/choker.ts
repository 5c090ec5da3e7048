// Who may ask us for blocks: the choker (BEP 3; Cohen 2003). Clock and chance are handed in; knows no connection.
import { optimist } from "./optimist.ts";
import { isTurnOver, rankOfSender, waitsSinceMs } from "./choker-rank.ts";

/** How often `revise` is to be called. */
export const ROUND_MS = 10_000;
/** How long the optimistic slot stays with one peer. */
const OPTIMISTIC_MS = 30_000;
const DEFAULT_SLOTS = 8;
/** A seed looks for nothing in return. It sends a piece in a row, so to more at a time none comes later. */
export const SEED_SLOTS = 16;

/** What is to be known of a peer to decide. One that has all, or only uploads (BEP 21), is never interested: it costs nothing. */
export interface PeerView<Id> {
  readonly id: Id;
  /** In what we have. */
  readonly isInterested: boolean;
  /** By us. */
  readonly isChoked: boolean;
  /** What it sends us, in bytes per second. */
  readonly downloadRate: number;
  /** What we send it, in bytes per second. */
  readonly uploadRate: number;
  /** It has sent no block for a minute although we ask. */
  readonly isSnubbed: boolean;
  readonly connectedAtMs: number;
  /** When we have unchoked it last; -Infinity for never. */
  readonly unchokedAtMs: number;
  /** Since then. */
  readonly sentBytes: number;
  /** It has a part of a piece from us, and has asked for the rest. */
  readonly isMidPiece: boolean;
}

export interface Change<Id> {
  readonly id: Id;
  readonly isChoked: boolean;
}

export interface ChokerOptions {
  /** How many may be unchoked; Infinity: all. */
  readonly slots?: number;
  readonly pieceLength: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * A leecher gives its slots to those who send it most, and one to somebody by chance, or it would never find a better one; a
 * seed gives each a turn. A slot that is free is filled at once, not at the next round. Who loses interest keeps its unchoke,
 * since it may come back, until somebody else wants the slot: it does not count.
 */
export class Choker<Id> {
  slots: number;
  readonly #pieceLength: number;
  readonly #random: () => number;
  #optimistic: { readonly id: Id; readonly sinceMs: number } | undefined;

  constructor({ slots = DEFAULT_SLOTS, pieceLength, random }: ChokerOptions) {
    this.slots = slots;
    this.#pieceLength = pieceLength;
    this.#random = random;
  }

  /** Who has the optimistic slot, for whoever wants to see it. */
  get optimistic(): Id | undefined {
    return this.#optimistic?.id;
  }

  /**
   * Fills the slots that are free. To be called whenever one may have become free, or somebody interested.
   * @returns what the caller must now do and tell: first chokes, then unchokes.
   */
  admit(peers: readonly PeerView<Id>[], isSeeding: boolean, nowMs: number): Change<Id>[] {
    const holders = peers.filter((peer) => !peer.isChoked && peer.isInterested);
    let free = this.slots - holders.length;
    if (free <= 0) return [];
    const waiting = peers.filter((peer) => peer.isChoked && peer.isInterested);
    const chosen = waiting
      .filter((peer) => isSeeding || !peer.isSnubbed)
      .toSorted(isSeeding ? byWaiting : (a, b) => b.downloadRate - a.downloadRate || byWaiting(a, b))
      .slice(0, free);
    free -= chosen.length;
    // Who snubs us may have the optimistic slot, and no other.
    if (!isSeeding && free > 0 && !holders.some(({ id }) => id === this.#optimistic?.id)) {
      const lucky = optimist(
        waiting.filter((peer) => peer.isSnubbed),
        this.#random,
      );
      if (lucky !== undefined) {
        this.#optimistic = { id: lucky.id, sinceMs: nowMs };
        chosen.push(lucky);
      }
    }
    return this.#changes(peers, new Set(holders.concat(chosen)));
  }

  /** Who has what slot is decided anew; then as `admit`. To be called every ROUND_MS. */
  revise(peers: readonly PeerView<Id>[], isSeeding: boolean, nowMs: number): Change<Id>[] {
    const interested = peers.filter((peer) => peer.isInterested);
    if (isSeeding) return this.#changes(peers, new Set(this.#turns(interested, nowMs)));
    const regular = interested
      .filter((peer) => !peer.isSnubbed)
      .toSorted((a, b) => rankOfSender(b) - rankOfSender(a) || byHolding(a, b))
      .slice(0, Math.max(0, this.slots - 1));
    const kept = new Set(regular);
    if (this.slots >= 1) {
      const lucky = this.#chance(
        interested.filter((peer) => !kept.has(peer)),
        nowMs,
      );
      if (lucky !== undefined) kept.add(lucky);
    }
    return this.#changes(peers, kept);
  }

  /** A seed's slots: whoever has had its turn gives way to those who wait, the longest first. */
  #turns(interested: readonly PeerView<Id>[], nowMs: number): PeerView<Id>[] {
    this.#optimistic = undefined;
    const waiting = interested.filter((peer) => peer.isChoked).toSorted(byWaiting);
    const holders = interested.filter((peer) => !peer.isChoked);
    const isOver = new Map(holders.map((peer) => [peer, isTurnOver(peer, this.#pieceLength, nowMs)]));
    const inTurn = holders.filter((peer) => isOver.get(peer) === false).toSorted(byHolding);
    const done = holders.filter((peer) => isOver.get(peer) === true).toSorted(byHolding);
    return inTurn.concat(waiting, done).slice(0, this.slots);
  }

  /** Who has the optimistic slot among those who have not earned one. */
  #chance(others: readonly PeerView<Id>[], nowMs: number): PeerView<Id> | undefined {
    const current = others.find((peer) => peer.id === this.#optimistic?.id && !peer.isChoked);
    // Somebody who had a slot of its own until now is not sent away before it has had its chance either.
    const holder = current ?? others.filter((peer) => !peer.isChoked).toSorted(byHolding)[0];
    const sinceMs = (current === undefined ? holder?.unchokedAtMs : this.#optimistic?.sinceMs) ?? -Infinity;
    const ageMs = nowMs - sinceMs;
    const mayStay = ageMs < OPTIMISTIC_MS || (holder?.isMidPiece === true && ageMs < 2 * OPTIMISTIC_MS);
    const challengers = others.filter((peer) => peer !== holder);
    const lucky = holder !== undefined && mayStay ? holder : (optimist(challengers, this.#random) ?? holder);
    const isNew = lucky !== holder || !mayStay;
    this.#optimistic = lucky && { id: lucky.id, sinceMs: isNew ? nowMs : sinceMs };
    return lucky;
  }

  /** From what is to what is to be. */
  #changes(peers: readonly PeerView<Id>[], kept: ReadonlySet<PeerView<Id>>): Change<Id>[] {
    const unchokes = [...kept].filter((peer) => peer.isChoked);
    const idle = peers.filter((peer) => !peer.isChoked && !peer.isInterested);
    const chokes = peers.filter((peer) => !peer.isChoked && peer.isInterested && !kept.has(peer));
    // Without interest an unchoke is kept, as long as there is room; the oldest goes first.
    const tooMany = Math.max(0, kept.size + idle.length - this.slots);
    chokes.push(...idle.toSorted((a, b) => a.unchokedAtMs - b.unchokedAtMs).slice(0, tooMany));
    return [
      ...chokes.map(({ id }) => ({ id, isChoked: true })),
      ...unchokes.map(({ id }) => ({ id, isChoked: false })),
    ];
  }
}

/** Who has waited longer comes first. */
function byWaiting<Id>(a: PeerView<Id>, b: PeerView<Id>): number {
  return waitsSinceMs(a) - waitsSinceMs(b);
}

/** Who is unchoked comes first, and among them whoever is so for the shortest time; then who has waited longest. */
function byHolding<Id>(a: PeerView<Id>, b: PeerView<Id>): number {
  if (a.isChoked !== b.isChoked) return a.isChoked ? 1 : -1;
  return a.isChoked ? byWaiting(a, b) : b.unchokedAtMs - a.unchokedAtMs;
}
