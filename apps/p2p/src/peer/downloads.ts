// What a swarm asks for, and what becomes of the blocks that come: pieces, verified and kept. Knows no choker and no address.
import type { Clock } from "@socketlab/core";
import { Blame } from "../engine/blame.ts";
import type { Block, Picker } from "../engine/picker.ts";
import { isTimeToAsk, pipelineDepth } from "../engine/pipeline.ts";
import { takeFromAll, type RateLimit } from "../engine/rate-limit.ts";
import { BLOCK_BYTES } from "../protocol.ts";
import { pieceBytes, type Info } from "../torrent/info.ts";
import type { Content } from "./content.ts";
import type { Conversation } from "./conversation.ts";

/** What has been cancelled and may still come, for each peer. */
const MOST_CANCELLED = 1000;
/** Buffers of pieces that are kept to be used again. */
const MOST_IDLE = 4;

export interface DownloadsOwner {
  /** A piece is there for others to ask for. */
  onPiece(piece: number): void;
  /** A piece is not what its hash says, and is to be fetched again. */
  onBadPiece(piece: number): void;
  /** Whoever speaks from there has sent something false. */
  onLiar(host: string): void;
  /** The place where pieces are kept has failed: nothing more can be taken. */
  onFailed(error: Error): void;
}

export class Downloads {
  readonly #info: Info;
  readonly #content: Content;
  readonly #picker: Picker<Conversation>;
  readonly #owner: DownloadsOwner;
  readonly #clock: Clock;
  /** What is requested counts as received: what is asked for comes. */
  readonly #limit: RateLimit;
  readonly #waiting = new Set<Conversation>();
  readonly #blocksPerPiece: number;
  /** Of pieces that are under way. */
  readonly #buffers = new Map<number, Uint8Array>();
  /** From where each of their blocks came. */
  readonly #senders = new Map<number, string[]>();
  readonly #blame = new Blame<string>();
  /** To be used again. */
  readonly #idle: Uint8Array[] = [];
  /** Bytes of blocks that came and were wanted; that came twice, or for nothing. */
  received = 0;
  wasted = 0;

  constructor(
    info: Info,
    content: Content,
    picker: Picker<Conversation>,
    limit: RateLimit,
    owner: DownloadsOwner,
    clock: Clock,
  ) {
    this.#info = info;
    this.#content = content;
    this.#picker = picker;
    this.#limit = limit;
    this.#owner = owner;
    this.#clock = clock;
    this.#blocksPerPiece = Math.ceil(info.pieceLength / BLOCK_BYTES);
  }

  /** Asks `from` for as many blocks as it can be busy with. */
  ask(from: Conversation): void {
    if (!from.amInterested || (from.isChoking && from.allowedFast.size === 0)) return;
    const nowMs = this.#clock.now();
    const rate = from.download.bytesPerSecond(nowMs);
    const depth = pipelineDepth({
      rate,
      roundTripMs: Math.min(from.roundTripMs, 1000),
      reqq: from.maxRequests,
    });
    if (!isTimeToAsk(from.asked.size, depth)) return;
    const { host } = from.socket.remote;
    const fits = (piece: number): boolean =>
      (!from.isChoking || from.allowedFast.has(piece)) && this.#blame.mayAsk(piece, host);
    while (from.asked.size < depth) {
      const waitMs = takeFromAll([this.#limit, from.downloadLimit], BLOCK_BYTES, nowMs);
      if (waitMs > 0) return this.#askLater(from, waitMs);
      const block = this.#picker.pick(from, fits);
      if (block === undefined) {
        for (const limit of [this.#limit, from.downloadLimit]) limit.giveBack(BLOCK_BYTES, nowMs);
        break;
      }
      this.#request(from, block, nowMs);
    }
    if (from.asked.size > 0) return;
    for (const block of this.#picker.pickRival(from, fits)) this.#request(from, block, nowMs);
  }

  /** The limit allows no more for now. */
  #askLater(from: Conversation, waitMs: number): void {
    if (this.#waiting.has(from)) return;
    this.#waiting.add(from);
    this.#clock.after(waitMs, () => {
      this.#waiting.delete(from);
      if (from.isOpen) this.ask(from);
    });
  }

  #request(from: Conversation, block: Block, nowMs: number): void {
    this.#blame.asked(block.piece, from.socket.remote.host);
    const key = this.#keyOf(block);
    // Of one that was doubted it is expected all the same: to ask again would be to get it twice.
    if (from.asked.has(key)) return;
    from.asked.set(key, { ...block, atMs: nowMs });
    from.owesSinceMs ??= nowMs;
    from.say({ type: "request", ...this.#partOf(block) });
  }

  /** A block has come; settles when there is room for another. @throws ProtocolError when nobody asked for it. */
  async receive(from: Conversation, piece: number, begin: number, bytes: Uint8Array): Promise<void> {
    const block = { piece, block: begin / BLOCK_BYTES };
    const key = this.#keyOf(block);
    const isAsked = from.asked.has(key);
    const isExpected = begin % BLOCK_BYTES === 0 && (isAsked || from.cancelled.delete(key));
    if (!isExpected || bytes.length !== this.#partOf(block).length)
      from.refuse("not-asked", `a block was sent that nobody asked for: piece ${piece}, byte ${begin}`);
    if (isAsked) from.answered(key, bytes.length, this.#clock.now());
    const outcome = this.#picker.receive(from, block);
    if (outcome === undefined) {
      this.wasted += bytes.length;
      return;
    }
    this.received += bytes.length;
    for (const { peer, block: at } of outcome.cancel) this.#cancel(peer, { piece, block: at });
    // Only now: several of one peer's may be cancelled.
    for (const peer of new Set(outcome.cancel.map((each) => each.peer))) this.ask(peer);
    this.#bufferOf(piece).set(bytes, begin);
    this.#sendersOf(piece)[block.block] = from.socket.remote.host;
    if (outcome.isWhole) await this.#finish(piece);
  }

  /** It will not send this block. @returns whether it is to be asked of others now. */
  rejected(from: Conversation, piece: number, begin: number): boolean {
    const block = { piece, block: begin / BLOCK_BYTES };
    const key = this.#keyOf(block);
    if (from.settle(key) === undefined) return false;
    this.#picker.release(from, block);
    return true;
  }

  /** It will send nothing of what it was asked for. */
  forget(from: Conversation): void {
    for (const { piece, block } of from.asked.values()) this.#picker.release(from, { piece, block });
    from.asked.clear();
    from.owesSinceMs = undefined;
    this.#blame.released(from.socket.remote.host);
  }

  /** What has come of this piece is not needed any more. */
  giveUp(piece: number): void {
    this.#buffers.delete(piece);
    this.#senders.delete(piece);
  }

  /** It is slow: what it owes is asked of others too, and taken from whoever sends it first. */
  doubt(from: Conversation): void {
    for (const { piece, block } of from.asked.values()) this.#picker.release(from, { piece, block });
  }

  /** Somebody else has sent it. */
  #cancel(other: Conversation, block: Block): void {
    const key = this.#keyOf(block);
    if (other.settle(key) === undefined) return;
    if (other.cancelled.size < MOST_CANCELLED) other.cancelled.add(key);
    other.say({ type: "cancel", ...this.#partOf(block) });
  }

  async #finish(piece: number): Promise<void> {
    const bytes = this.#bufferOf(piece);
    const senders = this.#sendersOf(piece);
    this.#senders.delete(piece);
    try {
      if (this.#content.matches(piece, bytes)) {
        await this.#content.writePiece(piece, bytes);
        this.#picker.verified(piece);
        for (const liar of this.#blame.verified(piece, bytes)) this.#owner.onLiar(liar);
        this.#owner.onPiece(piece);
      } else {
        this.wasted += bytes.length;
        this.received -= bytes.length;
        this.#picker.lost(piece);
        for (const liar of this.#blame.failed(piece, bytes, senders)) this.#owner.onLiar(liar);
        this.#owner.onBadPiece(piece);
      }
    } catch (error) {
      this.#owner.onFailed(error as Error);
    } finally {
      this.#buffers.delete(piece);
      if (bytes.length === this.#info.pieceLength && this.#idle.length < MOST_IDLE) this.#idle.push(bytes);
    }
  }

  #bufferOf(piece: number): Uint8Array {
    let buffer = this.#buffers.get(piece);
    if (buffer === undefined) {
      const length = pieceBytes(this.#info, piece);
      buffer =
        (length === this.#info.pieceLength ? this.#idle.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
      this.#buffers.set(piece, buffer);
    }
    return buffer;
  }

  #sendersOf(piece: number): string[] {
    let senders = this.#senders.get(piece);
    if (senders === undefined) this.#senders.set(piece, (senders = []));
    return senders;
  }

  #keyOf({ piece, block }: Block): number {
    return piece * this.#blocksPerPiece + block;
  }

  #partOf({ piece, block }: Block): { piece: number; begin: number; length: number } {
    const begin = block * BLOCK_BYTES;
    return { piece, begin, length: Math.min(BLOCK_BYTES, pieceBytes(this.#info, piece) - begin) };
  }
}
