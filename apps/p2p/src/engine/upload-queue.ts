// What others have asked us for, and whose turn it is: one piece to one peer in a row. Knows no socket and no clock.
import type { Random } from "@socketlab/core";

/** A part of a piece, in bytes. */
export interface Request {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** What is to be sent next. */
export interface Turn<Peer> {
  readonly peer: Peer;
  readonly request: Request;
  /** Of a piece of which it has got a part already. */
  readonly isRest: boolean;
}

interface Line {
  /** In the order in which they came. */
  waiting: Request[];
  /** The piece of which this peer has got a part last; what it asks of that comes first. */
  piece: number | undefined;
  /** How many pieces it has got of us, or would have, had it been here from the first. */
  turns: number;
}

/**
 * A piece can be passed on only when it is whole. So a peer that has got a part of one is sent the rest, as far as it has asked
 * for it, before it is anybody else's turn; then the others' turns come, piece by piece: who has had fewest first, and by chance
 * among several, since others serve the same peers, and must not all begin with the same one. None of this can be seen from outside.
 */
export class UploadQueue<Peer> {
  readonly #maxPerPeer: number;
  readonly #random: Random;
  readonly #lines = new Map<Peer, Line>();
  /** Of whoever was served last: newcomers begin with as many. */
  #turns = 0;

  /** @param maxPerPeer what is asked beyond it is not taken (BEP 10, `reqq`). */
  constructor(maxPerPeer: number, random: Random) {
    this.#maxPerPeer = maxPerPeer;
    this.#random = random;
  }

  waitingFor(peer: Peer): number {
    return this.#lines.get(peer)?.waiting.length ?? 0;
  }

  /** It has got a part of a piece, and waits for the rest. */
  isMidPiece(peer: Peer): boolean {
    const line = this.#lines.get(peer);
    return line?.waiting.some(({ piece }) => piece === line.piece) ?? false;
  }

  /** @returns whether there was room. */
  add(peer: Peer, request: Request): boolean {
    let line = this.#lines.get(peer);
    if (line === undefined)
      this.#lines.set(peer, (line = { waiting: [], piece: undefined, turns: this.#turns }));
    if (line.waiting.length >= this.#maxPerPeer) return false;
    line.waiting.push(request);
    return true;
  }

  /** @returns whether it was still waiting. */
  cancel(peer: Peer, { piece, begin, length }: Request): boolean {
    const waiting = this.#lines.get(peer)?.waiting ?? [];
    const at = waiting.findIndex(
      (other) => other.piece === piece && other.begin === begin && other.length === length,
    );
    if (at >= 0) waiting.splice(at, 1);
    return at >= 0;
  }

  /** Takes away all that a peer has asked for, but what `keep` says. @returns what was waiting. */
  drop(peer: Peer, keep: (request: Request) => boolean = () => false): Request[] {
    const line = this.#lines.get(peer);
    if (line === undefined) return [];
    const dropped = line.waiting.filter((request) => !keep(request));
    line.waiting = line.waiting.filter(keep);
    if (line.waiting.length === 0) this.#lines.delete(peer);
    return dropped;
  }

  /** Whose turn it is, and for what. @param isReady whether a peer can take a block now. */
  peek(isReady: (peer: Peer) => boolean): Turn<Peer> | undefined {
    let first: Turn<Peer> | undefined;
    let fewest = Infinity;
    let equals = 0;
    for (const [peer, { waiting, piece, turns }] of this.#lines) {
      if (waiting.length === 0 || !isReady(peer)) continue;
      const rest = waiting.find((request) => request.piece === piece);
      if (rest !== undefined) return { peer, request: rest, isRest: true };
      if (turns > fewest) continue;
      equals = turns === fewest ? equals + 1 : 1;
      fewest = turns;
      // Each of so many has had its chance of being the one.
      if (this.#random() * equals < 1) first = { peer, request: waiting[0]!, isRest: false };
    }
    return first;
  }

  /** It is served, and waits no longer. */
  take({ peer, request }: Turn<Peer>): void {
    const line = this.#lines.get(peer);
    const at = line?.waiting.indexOf(request) ?? -1;
    if (line === undefined || at < 0) return;
    line.waiting.splice(at, 1);
    if (request.piece === line.piece) return;
    line.piece = request.piece;
    this.#turns = line.turns;
    line.turns++;
  }
}
