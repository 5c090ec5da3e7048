// A peer that has something for the leecher under test: it gives what it is asked for, or what a check says. Keeps a record.
import type { Encodable } from "./bencode.ts";
import type { Subject } from "./subject.ts";
import type { Part, Torrent } from "./torrent.ts";
import { nextHost, partOf, Visitor } from "./visitor.ts";
import { id, reservedBytes, Wire, type Message } from "./wire.ts";

/** What becomes of a request; undefined: nothing, for now. */
export type Answer = Uint8Array | "reject" | undefined;

export interface GiverOptions {
  /** All of it, if nothing is said. */
  readonly has?: Iterable<number>;
  readonly reserved?: Buffer;
  /** From which address of this machine (one that nobody else has). */
  readonly host?: string;
  /** Whether one who is interested is unchoked (it is). */
  readonly unchokes?: boolean;
  /** What our extension handshake says, if there is to be one. */
  readonly extensions?: Encodable;
  readonly answer?: (part: Part, giver: Giver) => Answer;
  /** Between a request and its answer. */
  readonly delayMs?: number;
}

export interface Asked extends Part {
  readonly atMs: number;
}

export class Giver extends Visitor {
  /** In order. */
  readonly requests: Asked[] = [];
  readonly cancels: Part[] = [];
  /** What has been asked for, and not answered or cancelled. */
  readonly owed: Part[] = [];
  /** How many that were at most. */
  mostOwed = 0;
  unchokes: boolean;
  isInterested = false;
  isChoking = true;
  answer: (part: Part, giver: Giver) => Answer;
  readonly #options: GiverOptions;

  private constructor(wire: Wire, torrent: Torrent, host: string, options: GiverOptions) {
    super(wire, torrent, host);
    this.#options = options;
    this.unchokes = options.unchokes ?? true;
    this.answer = options.answer ?? ((part) => torrent.bytesOf(part));
    wire.onMessage = (came) => this.#hear(came);
  }

  /** Contacts the leecher, and tells it what we have. */
  static async visit(subject: Subject, timeoutMs: number, options: GiverOptions = {}): Promise<Giver> {
    const { host = nextHost() } = options;
    const wire = await Wire.dial(subject.host, subject.port, timeoutMs, host);
    const giver = new Giver(wire, subject.torrent, host, options);
    await giver.greet(options.reserved);
    giver.#begin();
    return giver;
  }

  /** Answers one who has contacted us. */
  static async welcome(wire: Wire, torrent: Torrent, options: GiverOptions = {}): Promise<Giver> {
    const giver = new Giver(wire, torrent, "127.0.0.1", options);
    await giver.greet(options.reserved);
    giver.#begin();
    return giver;
  }

  choke(): void {
    this.isChoking = true;
    this.wire.send(id.choke);
    const { reserved = reservedBytes() } = this.#options;
    for (const { piece, begin, length } of this.owed.splice(0))
      if (this.isFast && (reserved[7]! & 0x04) !== 0) this.wire.send(id.reject, piece, begin, length);
  }

  unchoke(): void {
    this.unchokes = true;
    this.isChoking = false;
    this.wire.send(id.unchoke);
  }

  /** Answers what is owed. */
  give(): void {
    for (const part of this.owed.splice(0)) this.#give(part);
  }

  #begin(): void {
    const { has = this.torrent.pieces, extensions, reserved = reservedBytes() } = this.#options;
    const pieces = [...has];
    const isFast = this.isFast && (reserved[7]! & 0x04) !== 0;
    if (extensions !== undefined && (this.remote.reserved[5]! & 0x10) !== 0) this.sendExtended(0, extensions);
    if (isFast && pieces.length === this.torrent.pieceCount) this.wire.send(id.haveAll);
    else if (isFast && pieces.length === 0) this.wire.send(id.haveNone);
    else this.wire.send(id.bitfield, this.torrent.bitfield(pieces));
  }

  #hear(came: Message): void {
    if (came.id === id.interested) {
      this.isInterested = true;
      if (this.unchokes && this.isChoking) this.unchoke();
    } else if (came.id === id.notInterested) this.isInterested = false;
    else if (came.id === id.request) this.#asked(partOf(came), came.atMs);
    else if (came.id === id.cancel) this.#cancelled(partOf(came));
  }

  #asked(part: Part, atMs: number): void {
    this.requests.push({ ...part, atMs });
    this.owed.push(part);
    this.mostOwed = Math.max(this.mostOwed, this.owed.length);
    const { delayMs = 0 } = this.#options;
    const give = (): void => {
      const at = this.owed.indexOf(part);
      if (at < 0) return;
      this.owed.splice(at, 1);
      this.#give(part);
    };
    if (delayMs === 0) give();
    else setTimeout(give, delayMs);
  }

  #give(part: Part): void {
    const { piece, begin, length } = part;
    const answer = this.isChoking ? undefined : this.answer(part, this);
    if (answer === undefined) this.owed.push(part);
    else if (answer === "reject") this.wire.send(id.reject, piece, begin, length);
    else this.wire.send(id.piece, piece, begin, answer);
  }

  #cancelled(part: Part): void {
    this.cancels.push(part);
    const at = this.owed.findIndex(({ piece, begin }) => piece === part.piece && begin === part.begin);
    if (at < 0) return;
    this.owed.splice(at, 1);
    // BEP 6: every request is answered.
    if (this.isFast) this.wire.send(id.reject, part.piece, part.begin, part.length);
  }
}
