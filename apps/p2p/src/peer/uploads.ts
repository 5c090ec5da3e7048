// What others ask of us, and when it leaves: a piece to one peer in a row, no faster than the limit. Knows no choker.
import type { Clock, Random, Timer } from "@socketlab/core";
import type { RateLimit } from "../engine/rate-limit.ts";
import { UploadQueue, type Request } from "../engine/upload-queue.ts";
import { BLOCK_BYTES } from "../protocol.ts";
import { pieceBytes, type Info } from "../torrent/info.ts";
import type { Content } from "./content.ts";
import type { Conversation } from "./conversation.ts";

/** Requests of one peer that wait here at a time; said in the extension handshake (BEP 10, `reqq`). */
export const REQQ = 500;
/** Where the limit holds up the rest of a piece, for so long at least: several blocks at once cost both sides little more than one. */
const PAUSE_MS = 50;

export interface UploadsOwner {
  /** Something was asked for that cannot be read: it is refused. */
  onUnreadable(error: Error): void;
}

export class Uploads {
  readonly #info: Info;
  readonly #content: Content;
  readonly #limit: RateLimit;
  readonly #owner: UploadsOwner;
  readonly #clock: Clock;
  readonly #queue: UploadQueue<Conversation>;
  #timer: Timer | undefined;
  sent = 0;

  constructor(
    info: Info,
    content: Content,
    limit: RateLimit,
    owner: UploadsOwner,
    clock: Clock,
    random: Random,
  ) {
    this.#info = info;
    this.#content = content;
    this.#limit = limit;
    this.#owner = owner;
    this.#clock = clock;
    this.#queue = new UploadQueue(REQQ, random);
  }

  isMidPiece(peer: Conversation): boolean {
    return this.#queue.isMidPiece(peer);
  }

  /** @throws ProtocolError for a part that no piece of ours has. */
  request(from: Conversation, request: Request): void {
    const { piece, begin, length } = request;
    const isInside =
      piece < this.#info.pieceCount && length > 0 && begin + length <= pieceBytes(this.#info, piece);
    if (!isInside || length > BLOCK_BYTES)
      from.refuse("bad-request", `${length} bytes from byte ${begin} of piece ${piece} were asked for`);
    const mayAsk = !from.amChoking || from.grantedFast.has(piece);
    const maySend = mayAsk && this.#content.verified.has(piece);
    if (!maySend || !this.#queue.add(from, { piece, begin, length })) this.#reject(from, request);
    else if (this.#timer === undefined) this.#pump();
  }

  cancel(from: Conversation, request: Request): void {
    if (this.#queue.cancel(from, request)) this.#reject(from, request);
  }

  /** We choke it: what it has asked for will not be sent, but for what it may ask for all the same. */
  choke(peer: Conversation): void {
    const dropped = this.#queue.drop(peer, ({ piece }) => peer.grantedFast.has(piece));
    for (const request of dropped) this.#reject(peer, request);
  }

  /** It has left. */
  forget(peer: Conversation): void {
    this.#queue.drop(peer);
  }

  close(): void {
    this.#timer?.clear();
  }

  /** BEP 6: whatever is asked for is sent or refused. Before it, silence was the refusal. */
  #reject(peer: Conversation, { piece, begin, length }: Request): void {
    if (peer.greeting.isFast) peer.say({ type: "reject", piece, begin, length });
  }

  /** Sends as much as may leave now. */
  readonly #pump = (): void => {
    this.#timer?.clear();
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    let soonestMs = Infinity;
    const isReady = (peer: Conversation): boolean => {
      if (peer.uploadPausedUntilMs > nowMs) soonestMs = Math.min(soonestMs, peer.uploadPausedUntilMs);
      return peer.canSend && peer.uploadPausedUntilMs <= nowMs;
    };
    for (let next = this.#queue.peek(isReady); next !== undefined; next = this.#queue.peek(isReady)) {
      const { peer, request, isRest } = next;
      const ownWaitMs = peer.uploadLimit.take(request.length, nowMs);
      if (ownWaitMs > 0) {
        peer.uploadPausedUntilMs = nowMs + ownWaitMs;
        continue;
      }
      const waitMs = this.#limit.take(request.length, nowMs);
      if (waitMs > 0) {
        peer.uploadLimit.giveBack(request.length, nowMs);
        soonestMs = nowMs + (isRest ? Math.max(waitMs, PAUSE_MS) : waitMs);
        break;
      }
      this.#queue.take(next);
      void this.#send(peer, request);
    }
    if (soonestMs < Infinity) this.#timer = this.#clock.after(soonestMs - nowMs, this.#pump);
  };

  async #send(peer: Conversation, request: Request): Promise<void> {
    const { piece, begin, length } = request;
    const done = peer.beginBlock();
    try {
      const block = await this.#read(request);
      if (block === undefined) this.#reject(peer, request);
      else {
        peer.upload.add(length, this.#clock.now());
        this.sent += length;
        await peer.socket.send({ type: "piece", piece, begin, block });
      }
    } catch {
      // The conversation is over: whoever talks in it knows why.
    } finally {
      done();
      if (this.#timer === undefined) this.#pump();
    }
  }

  /** Undefined if it cannot be read. */
  async #read({ piece, begin, length }: Request): Promise<Uint8Array | undefined> {
    try {
      return await this.#content.readBlock(piece, begin, length);
    } catch (error) {
      this.#owner.onUnreadable(error as Error);
      return undefined;
    }
  }
}
