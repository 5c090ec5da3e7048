// One conversation of the small peer that can be wrong on purpose: who says hello when, and whom each message concerns.
// Decides neither what is given nor what is asked for.
import type { Part } from "./torrent.ts";
import { partOf } from "./visitor.ts";
import { id, type Message, type Wire } from "./wire.ts";
import { WrongAsking } from "./wrong-asking.ts";
import { WrongExtensions } from "./wrong-extensions.ts";
import { WrongGiving } from "./wrong-giving.ts";
import type { WrongPeer } from "./wrong-peer.ts";

export class WrongTalk {
  readonly giving: WrongGiving;
  readonly asking: WrongAsking;
  readonly #extensions: WrongExtensions;
  readonly #peer: WrongPeer;
  readonly #wire: Wire;
  #hasBegun = false;

  private constructor(peer: WrongPeer, wire: Wire) {
    this.#peer = peer;
    this.#wire = wire;
    this.giving = new WrongGiving(peer, wire);
    this.asking = new WrongAsking(peer, wire);
    this.#extensions = new WrongExtensions(peer, wire);
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

  #begin(isClient: boolean): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { infoHash, reserved } = this.#wire.greeting!;
    if (!infoHash.equals(this.#peer.infoHash) && !this.#peer.is("greets-all")) return this.#wire.close();
    if (!isClient) this.#wire.sendHandshake(infoHash, this.#peer.id);
    this.#peer.talks.add(this);
    this.giving.isFast = (reserved[7]! & 0x04) !== 0 || this.#peer.is("speaks-fast-to-all");
    this.giving.tellWhatIsThere();
    if ((reserved[5]! & 0x10) !== 0) this.#extensions.greet();
    this.giving.allowSome();
  }

  #hear(message: Message, isClient: boolean): void {
    this.#begin(isClient);
    const part = partIn(message);
    if (part === undefined) this.#understand(message);
    else if (message.id === id.request) this.giving.requested(part);
    else if (message.id === id.cancel) this.giving.cancelled(part);
    else this.asking.rejected(part);
    this.asking.showInterest();
    for (const { asking } of this.#peer.talks) asking.ask();
  }

  #understand({ id: number, payload }: Message): void {
    if (number === id.keepAlive && this.#peer.is("hates-keep-alives")) this.#wire.close();
    else if (number === id.choke) this.asking.choked(this.giving.isFast);
    else if (number === id.unchoke) this.asking.unchoked();
    else if (number === id.interested) this.giving.unchoke();
    else if (number === id.have && payload.length === 4) this.asking.theirs.add(payload.readUInt32BE(0));
    else if (number === id.haveAll) this.#hasPieces(() => true);
    else if (number === id.bitfield)
      this.#hasPieces((piece) => (payload[piece >> 3]! & (0x80 >> (piece & 7))) !== 0);
    else if (number === id.piece && payload.length >= 8) this.asking.receive(payload);
    else if (number === id.extended && payload.length > 1)
      this.asking.reqq = this.#extensions.hear(payload) ?? this.asking.reqq;
  }

  #hasPieces(has: (piece: number) => boolean): void {
    for (let piece = 0; piece < this.#peer.pieceCount; piece++) if (has(piece)) this.asking.theirs.add(piece);
  }

  #leave(): void {
    // As one would who does not expect it.
    if (this.#peer.is("falls-over") && this.#wire.garbage !== undefined) process.exit(1);
    this.#peer.talks.delete(this);
    for (const { asking } of this.#peer.talks) asking.ask();
  }
}

/** Of a request, its end, or its refusal. */
function partIn(message: Message): Part | undefined {
  const hasPart = [id.request, id.cancel, id.reject].some((number) => number === message.id);
  return hasPart && message.payload.length === 12 ? partOf(message) : undefined;
}
