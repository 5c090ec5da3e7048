// What the small peer that can be wrong on purpose wants in one conversation, and what it does with what comes. Gives nothing.
import type { Part } from "./torrent.ts";
import { BLOCK_BYTES, id, type Wire } from "./wire.ts";
import type { WrongPeer } from "./wrong-peer.ts";

const AT_ONCE = 16;

export class WrongAsking {
  /** The pieces that the other side has. */
  readonly theirs = new Set<number>();
  /** How many requests the other side takes at a time, as it says. */
  reqq = 250;
  /** Asked for, by piece and begin. */
  readonly #asked = new Map<string, Part>();
  readonly #peer: WrongPeer;
  readonly #wire: Wire;
  #isChoked = true;
  #isInterested = false;

  constructor(peer: WrongPeer, wire: Wire) {
    this.#peer = peer;
    this.#wire = wire;
  }

  choked(isFast: boolean): void {
    this.#isChoked = true;
    if (!isFast && !this.#peer.is("never-asks-again")) this.#asked.clear();
  }

  unchoked(): void {
    this.#isChoked = false;
  }

  rejected(part: Part): void {
    this.#asked.delete(keyOf(part));
  }

  tellHave(piece: number): void {
    if (!this.theirs.has(piece)) this.#wire.send(id.have, piece);
    this.showInterest();
  }

  showInterest(): void {
    const lacks = [...this.theirs].some((piece) => !this.#peer.have.has(piece));
    const staysSo = this.#peer.is("stays-interested") && this.#isInterested;
    const isInterested = lacks || staysSo || this.#peer.is("always-interested");
    if (isInterested === this.#isInterested) return;
    this.#isInterested = isInterested;
    this.#wire.send(isInterested ? id.interested : id.notInterested);
  }

  /** Asks for as much as it takes at a time. */
  ask(): void {
    if (!this.#isInterested || (this.#isChoked && !this.#peer.is("asks-choked"))) return;
    for (let part = this.#pick(); this.#asked.size < this.#most && part !== undefined; part = this.#pick()) {
      this.#asked.set(keyOf(part), part);
      this.#wire.send(id.request, part.piece, part.begin, part.length);
    }
  }

  /** A block has come. */
  receive(payload: Buffer): void {
    const [piece, begin] = [payload.readUInt32BE(0), payload.readUInt32BE(4)];
    const key = keyOf({ piece, begin });
    if (!this.#asked.delete(key)) return this.#pushed(piece, begin, payload);
    if (this.#peer.have.has(piece)) return;
    this.#take(piece, begin, payload);
    if (this.#peer.is("tells-early")) for (const { asking } of this.#peer.talks) asking.tellHave(piece);
    for (const { asking } of this.#peer.talks)
      if (asking.#asked.delete(key)) asking.#wire.send(id.cancel, piece, begin, payload.length - 8);
    const keys = this.#partsOf(piece).map(keyOf);
    if (!keys.every((each) => this.#peer.arrived.has(each)) || this.#peer.keep(piece)) return;
    for (const each of keys) this.#peer.arrived.delete(each);
    this.#wire.close();
  }

  /** What nobody has asked for has come. */
  #pushed(piece: number, begin: number, payload: Buffer): void {
    if (!this.#peer.is("takes-anything")) {
      if (!this.#peer.is("keeps-pushers")) this.#wire.close();
    } else if (!this.#peer.have.has(piece)) this.#take(piece, begin, payload);
  }

  #take(piece: number, begin: number, payload: Buffer): void {
    payload.copy(this.#peer.content, piece * this.#peer.pieceLength + begin, 8);
    this.#peer.arrived.add(keyOf({ piece, begin }));
  }

  get #most(): number {
    if (this.#peer.is("one-at-a-time")) return 1;
    return this.#peer.is("ignores-reqq") ? 24 : Math.min(AT_ONCE, this.reqq);
  }

  #pick(): Part | undefined {
    const all = Array.from({ length: this.#peer.pieceCount }, (_, piece) => piece);
    const order = all.filter(
      (piece) => !this.#peer.have.has(piece) && (this.theirs.has(piece) || this.#peer.is("asks-all")),
    );
    if (!this.#peer.is("in-order")) order.sort((a, b) => this.#peer.rarity(a) - this.#peer.rarity(b));
    const isHere = (part: Part): boolean => this.#peer.arrived.has(keyOf(part));
    const missing = order.flatMap((piece) => this.#partsOf(piece)).filter((part) => !isHere(part));
    const isAsked = (part: Part): boolean =>
      [...this.#peer.talks].some(({ asking }) => asking.#asked.has(keyOf(part)));
    const fresh = missing.find((part) => !isAsked(part));
    if (fresh !== undefined || this.#peer.is("waits-for-ever")) return fresh;
    return missing.find((part) => !this.#asked.has(keyOf(part)));
  }

  #partsOf(piece: number): Part[] {
    const bytes = this.#peer.pieceBytes(piece);
    const size = this.#peer.is("asks-large") ? 2 * BLOCK_BYTES : BLOCK_BYTES;
    return Array.from({ length: Math.ceil(bytes / size) }, (_, n) => ({
      piece,
      begin: n * size,
      length: Math.min(size, bytes - n * size),
    }));
  }
}

const keyOf = ({ piece, begin }: Omit<Part, "length">): string => `${piece} ${begin}`;
