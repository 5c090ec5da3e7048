// What the small peer that can be wrong on purpose gives in one conversation, and when. Knows nothing of what it wants.
import { allowedFastSet } from "./fast-checks.ts";
import type { Part } from "./torrent.ts";
import { BLOCK_BYTES, id, type Wire } from "./wire.ts";
import type { WrongPeer } from "./wrong-peer.ts";

const ALLOWED_FAST = 2;

export class WrongGiving {
  isFast = false;
  isChoking = true;
  readonly #peer: WrongPeer;
  readonly #wire: Wire;
  #requests = 0;
  #queue: Part[] = [];

  constructor(peer: WrongPeer, wire: Wire) {
    this.#peer = peer;
    this.#wire = wire;
  }

  tellWhatIsThere(): void {
    const { have, pieceCount } = this.#peer;
    if (this.isFast && have.size === pieceCount) this.#wire.send(id.haveAll);
    else this.#wire.send(id.bitfield, this.#bitfield());
  }

  allowSome(): void {
    if (!this.isFast || this.#peer.have.size < this.#peer.pieceCount) return;
    const pieces = this.#allowed(this.#peer.is("allows-any") ? "80.4.4.200" : this.#remote);
    for (const piece of pieces) this.#wire.send(id.allowedFast, piece);
  }

  unchoke(): void {
    const isBusy = [...this.#peer.talks].some(({ giving }) => giving !== this && !giving.isChoking);
    if (this.#peer.is("never-unchokes") || (this.#peer.is("serves-one") && isBusy)) return;
    this.isChoking = false;
    this.#wire.send(id.unchoke);
  }

  requested(part: Part): void {
    const { piece, begin, length } = part;
    const isInside =
      piece < this.#peer.pieceCount && length > 0 && begin + length <= this.#peer.pieceBytes(piece);
    if ((!isInside && !this.#peer.is("pads")) || length > BLOCK_BYTES) return this.#wire.close();
    const isAllowed = this.isFast && this.#allowed(this.#remote).includes(piece);
    const maySend = !this.isChoking || this.#peer.is("serves-choked") || isAllowed;
    if (this.#peer.is("drops-some") && ++this.#requests % 10 === 0) return;
    if (maySend && (this.#peer.have.has(piece) || !isInside)) {
      this.#queue.push(part);
      setImmediate(() => this.#send());
    } else if (this.isFast && !this.#peer.is("never-rejects"))
      this.#wire.send(id.reject, piece, begin, length);
  }

  cancelled({ piece, begin, length }: Part): void {
    const at = this.#queue.findIndex((part) => part.piece === piece && part.begin === begin);
    // Whether it has been sent by now is chance; it has been or will be.
    if (!this.#peer.is("answers-twice")) {
      if (at < 0) return;
      this.#queue.splice(at, 1);
    }
    if (this.isFast) this.#wire.send(id.reject, piece, begin, length);
  }

  #send(): void {
    const part = this.#queue.shift();
    if (part === undefined) return;
    const bytes = Buffer.alloc(part.length);
    this.#peer.bytesOf(part).copy(bytes);
    if (this.#peer.is("flips")) bytes[0]! ^= 1;
    this.#wire.send(id.piece, part.piece, part.begin, bytes);
  }

  #bitfield(): Buffer {
    const bits = Buffer.alloc(Math.ceil(this.#peer.pieceCount / 8));
    for (const piece of this.#peer.have) bits[piece >> 3]! |= 0x80 >> (piece & 7);
    if (this.#peer.is("spare-bits")) bits[bits.length - 1]! |= 1;
    return bits;
  }

  get #remote(): string {
    return this.#wire.socket.remoteAddress ?? "";
  }

  #allowed(host: string): number[] {
    return allowedFastSet(host, this.#peer.infoHash, this.#peer.pieceCount, ALLOWED_FAST);
  }
}
