// One conversation of the small peer that can be wrong on purpose: what it answers, and what it asks for. Knows no disk.
import { dictionaryOf } from "./visitor.ts";
import { allowedFastSet } from "./fast-checks.ts";
import { bencode, type BencodedDictionary } from "./bencode.ts";
import type { Part } from "./torrent.ts";
import { id, type Message, type Wire } from "./wire.ts";
import type { WrongPeer } from "./wrong-peer.ts";

const BLOCK = 16_384;
const METADATA = 1;
const PEX = 2;

export class WrongTalk {
  readonly theirs = new Set<number>();
  /** Asked for, by piece and begin. */
  readonly asked = new Map<string, Part>();
  readonly #peer: WrongPeer;
  readonly #wire: Wire;
  #hasBegun = false;
  #isFast = false;
  #reqq = 250;
  #theirMetadata = 0;
  #amChoking = true;
  #isChoking = true;
  #amInterested = false;
  #requests = 0;
  #queue: Part[] = [];

  private constructor(peer: WrongPeer, wire: Wire) {
    this.#peer = peer;
    this.#wire = wire;
  }

  /** Talks until it is over. */
  static begin(peer: WrongPeer, wire: Wire, isClient: boolean): void {
    const talk = new WrongTalk(peer, wire);
    if (isClient) wire.sendHandshake(peer.infoHash, peer.id);
    wire.onMessage = (came) => talk.#hear(came, isClient);
    wire.handshake().then(
      () => talk.#begin(isClient),
      () => wire.close(),
    );
    wire.socket.once("close", () => talk.#leave());
  }

  tellHave(piece: number): void {
    if (!this.theirs.has(piece)) this.#wire.send(id.have, piece);
    this.#showInterest();
  }

  /** Asks for as much as it takes at a time. */
  ask(): void {
    const most = this.#peer.is("one-at-a-time")
      ? 1
      : this.#peer.is("ignores-reqq")
        ? 24
        : Math.min(16, this.#reqq);
    if (!this.#amInterested || (this.#isChoking && !this.#peer.is("asks-choked"))) return;
    for (let part = this.#pick(); this.asked.size < most && part !== undefined; part = this.#pick()) {
      this.asked.set(`${part.piece} ${part.begin}`, part);
      this.#wire.send(id.request, part.piece, part.begin, part.length);
    }
  }

  #begin(isClient: boolean): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { infoHash, reserved } = this.#wire.greeting!;
    if (!infoHash.equals(this.#peer.infoHash) && !this.#peer.is("greets-all")) return this.#wire.close();
    if (!isClient) this.#wire.sendHandshake(infoHash, this.#peer.id);
    this.#peer.talks.add(this);
    this.#isFast = (reserved[7]! & 0x04) !== 0 || this.#peer.is("speaks-fast-to-all");
    const { have, pieceCount, isPrivate, info, infoHash: hash } = this.#peer;
    if (this.#isFast && have.size === pieceCount) this.#wire.send(id.haveAll);
    else this.#wire.send(id.bitfield, this.#bitfield());
    if ((reserved[5]! & 0x10) !== 0) {
      const m =
        isPrivate && !this.#peer.is("tells-all")
          ? { ut_metadata: METADATA }
          : { ut_metadata: METADATA, ut_pex: PEX };
      this.#wire.send(id.extended, Buffer.from([0]), bencode({ m, metadata_size: info.length }));
    }
    if (!this.#isFast || have.size < pieceCount) return;
    const host = this.#peer.is("allows-any") ? "80.4.4.200" : (this.#wire.socket.remoteAddress ?? "");
    for (const piece of allowedFastSet(host, hash, pieceCount, 2)) this.#wire.send(id.allowedFast, piece);
  }

  #bitfield(): Buffer {
    const bits = Buffer.alloc(Math.ceil(this.#peer.pieceCount / 8));
    for (const piece of this.#peer.have) bits[piece >> 3]! |= 0x80 >> (piece & 7);
    if (this.#peer.is("spare-bits")) bits[bits.length - 1]! |= 1;
    return bits;
  }

  #hear({ id: number, payload }: Message, isClient: boolean): void {
    this.#begin(isClient);
    const part =
      number === id.request || number === id.cancel || number === id.reject ? partIn(payload) : undefined;
    if (number === id.keepAlive && this.#peer.is("hates-keep-alives")) this.#wire.close();
    else if (number === id.choke) this.#choked();
    else if (number === id.unchoke) this.#unchoked();
    else if (number === id.interested) this.#unchoke();
    else if (number === id.have && payload.length === 4) this.theirs.add(payload.readUInt32BE(0));
    else if (number === id.haveAll)
      for (let piece = 0; piece < this.#peer.pieceCount; piece++) this.theirs.add(piece);
    else if (number === id.bitfield)
      for (let piece = 0; piece < this.#peer.pieceCount; piece++)
        if ((payload[piece >> 3]! & (0x80 >> (piece & 7))) !== 0) this.theirs.add(piece);
    if (number === id.request && part !== undefined) this.#requested(part);
    if (number === id.cancel && part !== undefined) this.#cancelled(part);
    if (number === id.reject && part !== undefined) this.asked.delete(`${part.piece} ${part.begin}`);
    if (number === id.piece && payload.length >= 8) this.#receive(payload);
    if (number === id.extended && payload.length > 1) this.#extended(payload);
    this.#showInterest();
    for (const talk of this.#peer.talks) talk.ask();
  }

  #unchoke(): void {
    const isBusy = [...this.#peer.talks].some((talk) => talk !== this && !talk.#amChoking);
    if (this.#peer.is("never-unchokes") || (this.#peer.is("serves-one") && isBusy)) return;
    this.#amChoking = false;
    this.#wire.send(id.unchoke);
  }

  #requested(part: Part): void {
    const { piece, begin, length } = part;
    const isInside =
      piece < this.#peer.pieceCount && length > 0 && begin + length <= this.#peer.pieceBytes(piece);
    if ((!isInside && !this.#peer.is("pads")) || length > BLOCK) return this.#wire.close();
    const isAllowed = allowedFastSet(
      this.#wire.socket.remoteAddress ?? "",
      this.#peer.infoHash,
      this.#peer.pieceCount,
      2,
    ).includes(piece);
    const maySend = !this.#amChoking || this.#peer.is("serves-choked") || (this.#isFast && isAllowed);
    if (this.#peer.is("drops-some") && ++this.#requests % 10 === 0) return;
    if (maySend && (this.#peer.have.has(piece) || !isInside)) {
      this.#queue.push(part);
      setImmediate(() => this.#send());
    } else if (this.#isFast && !this.#peer.is("never-rejects"))
      this.#wire.send(id.reject, piece, begin, length);
  }

  #send(): void {
    const part = this.#queue.shift();
    if (part === undefined) return;
    const bytes = Buffer.alloc(part.length);
    this.#peer.bytesOf(part).copy(bytes);
    if (this.#peer.is("flips")) bytes[0]! ^= 1;
    this.#wire.send(id.piece, part.piece, part.begin, bytes);
  }

  #cancelled({ piece, begin, length }: Part): void {
    const at = this.#queue.findIndex((part) => part.piece === piece && part.begin === begin);
    if (at < 0) return;
    if (!this.#peer.is("answers-twice")) this.#queue.splice(at, 1);
    if (this.#isFast) this.#wire.send(id.reject, piece, begin, length);
  }

  #choked(): void {
    this.#isChoking = true;
    if (!this.#isFast && !this.#peer.is("never-asks-again")) this.asked.clear();
  }

  #unchoked(): void {
    this.#isChoking = false;
  }

  #showInterest(): void {
    const lacks = [...this.theirs].some((piece) => !this.#peer.have.has(piece));
    const isInterested =
      lacks ||
      this.#peer.is("always-interested") ||
      (this.#peer.is("stays-interested") && this.#amInterested);
    if (isInterested === this.#amInterested) return;
    this.#amInterested = isInterested;
    this.#wire.send(isInterested ? id.interested : id.notInterested);
  }

  #pick(): Part | undefined {
    const isAsked = (key: string): boolean => [...this.#peer.talks].some((talk) => talk.asked.has(key));
    const all = Array.from({ length: this.#peer.pieceCount }, (_, piece) => piece);
    const order = all.filter(
      (piece) => !this.#peer.have.has(piece) && (this.theirs.has(piece) || this.#peer.is("asks-all")),
    );
    if (!this.#peer.is("in-order")) order.sort((a, b) => this.#peer.rarity(a) - this.#peer.rarity(b));
    const parts = order.flatMap((piece) => this.#partsOf(piece));
    const keyOf = ({ piece, begin }: Part): string => `${piece} ${begin}`;
    const fresh = parts.find((part) => !isAsked(keyOf(part)) && !this.#peer.arrived.has(keyOf(part)));
    if (fresh !== undefined || this.#peer.is("waits-for-ever")) return fresh;
    return parts.find((part) => !this.asked.has(keyOf(part)) && !this.#peer.arrived.has(keyOf(part)));
  }

  #partsOf(piece: number): Part[] {
    const bytes = this.#peer.pieceBytes(piece);
    const size = this.#peer.is("asks-large") ? 2 * BLOCK : BLOCK;
    return Array.from({ length: Math.ceil(bytes / size) }, (_, n) => ({
      piece,
      begin: n * size,
      length: Math.min(size, bytes - n * size),
    }));
  }

  #receive(payload: Buffer): void {
    const [piece, begin] = [payload.readUInt32BE(0), payload.readUInt32BE(4)];
    const key = `${piece} ${begin}`;
    if (!this.asked.delete(key)) {
      if (this.#peer.is("takes-anything") && !this.#peer.have.has(piece)) {
        payload.copy(this.#peer.content, piece * this.#peer.pieceLength + begin, 8);
        this.#peer.arrived.add(key);
      }
      if (!this.#peer.is("keeps-pushers") && !this.#peer.is("takes-anything")) this.#wire.close();
      return;
    }
    if (this.#peer.have.has(piece)) return;
    payload.copy(this.#peer.content, piece * this.#peer.pieceLength + begin, 8);
    this.#peer.arrived.add(key);
    if (this.#peer.is("tells-early")) for (const talk of this.#peer.talks) talk.tellHave(piece);
    for (const talk of this.#peer.talks)
      if (talk.asked.delete(key)) talk.#wire.send(id.cancel, piece, begin, payload.length - 8);
    const keys = this.#partsOf(piece).map((part) => `${piece} ${part.begin}`);
    if (!keys.every((each) => this.#peer.arrived.has(each)) || this.#peer.keep(piece)) return;
    for (const each of keys) this.#peer.arrived.delete(each);
    this.#wire.close();
  }

  #extended(payload: Buffer): void {
    const body = payload.subarray(1);
    let message: BencodedDictionary;
    try {
      message = dictionaryOf(body);
    } catch {
      return this.#wire.close();
    }
    const m = message.get("m");
    if (payload[0] === 0) {
      const number = m instanceof Map ? (m.get("ut_metadata") ?? this.#theirMetadata) : this.#theirMetadata;
      if (typeof number === "number" && (number !== 0 || !this.#peer.is("never-disables")))
        this.#theirMetadata = number;
      const reqq = message.get("reqq");
      if (typeof reqq === "number") this.#reqq = reqq;
    } else if (payload[0] === METADATA && message.get("msg_type") === 0 && this.#theirMetadata !== 0)
      this.#tellMetadata(message.get("piece") as number);
  }

  #tellMetadata(piece: number): void {
    const { info } = this.#peer;
    const number = Buffer.from([this.#peer.is("own-number") ? METADATA : this.#theirMetadata]);
    const isInside = piece >= 0 && piece * BLOCK < info.length;
    const head =
      isInside || this.#peer.is("all-metadata")
        ? { msg_type: 1, piece, total_size: info.length }
        : { msg_type: 2, piece };
    this.#wire.send(
      id.extended,
      number,
      bencode(head),
      isInside ? info.subarray(piece * BLOCK, (piece + 1) * BLOCK) : Buffer.alloc(0),
    );
  }

  #leave(): void {
    // As one would who does not expect it.
    if (this.#peer.is("falls-over") && this.#wire.garbage !== undefined) process.exit(1);
    this.#peer.talks.delete(this);
    for (const talk of this.#peer.talks) talk.ask();
  }
}

function partIn(payload: Buffer): Part | undefined {
  if (payload.length !== 12) return undefined;
  return { piece: payload.readUInt32BE(0), begin: payload.readUInt32BE(4), length: payload.readUInt32BE(8) };
}
