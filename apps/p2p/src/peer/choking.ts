// Who may ask us, carried out: looks at every conversation as the choker wants it, and tells whom it has chosen. Decides nothing.
import type { Clock, Random } from "@socketlab/core";
import { ALLOWED_FAST_PIECES, allowedFastSet } from "../engine/allowed-fast.ts";
import { Choker, ROUND_MS, SEED_SLOTS, type Change, type PeerView } from "../engine/choker.ts";
import type { Picker } from "../engine/picker.ts";
import type { Info } from "../torrent/info.ts";
import type { Conversation } from "./conversation.ts";
import type { Uploads } from "./uploads.ts";

export interface ChokingOptions {
  readonly info: Info;
  readonly conversations: ReadonlySet<Conversation>;
  readonly picker: Picker<Conversation>;
  readonly uploads: Uploads;
  readonly clock: Clock;
  readonly random: Random;
  readonly slots: number | undefined;
}

export class Choking {
  readonly #options: ChokingOptions;
  readonly #choker: Choker<Conversation>;
  #nextRoundMs: number;

  constructor(options: ChokingOptions) {
    const { info, clock, random, slots } = options;
    this.#options = options;
    this.#choker = new Choker({
      pieceLength: info.pieceLength,
      random,
      ...(slots !== undefined && { slots }),
    });
    this.#nextRoundMs = clock.now() + ROUND_MS;
  }

  /** To be called whenever a slot may have become free, or somebody interested. */
  fillSlots(): void {
    const { conversations, picker, clock } = this.#options;
    this.#becomeSeed();
    let free = this.#choker.slots;
    let isAnyWaiting = false;
    for (const { isInterested, amChoking } of conversations) {
      if (isInterested && amChoking) isAnyWaiting = true;
      else if (isInterested) free--;
    }
    if (!isAnyWaiting || free <= 0) return;
    this.#tell(this.#choker.admit(this.#views(), picker.isDone, clock.now()));
  }

  /** To be called every second or so. */
  tick(nowMs: number): void {
    if (nowMs < this.#nextRoundMs) return;
    this.#nextRoundMs = nowMs + ROUND_MS;
    this.#becomeSeed();
    this.#tell(this.#choker.revise(this.#views(), this.#options.picker.isDone, nowMs));
    // Not sooner: where all begin at once, what they are granted would only be sent to too many at a time.
    for (const peer of this.#options.conversations) if (peer.isInterested) this.#grantFast(peer);
  }

  #becomeSeed(): void {
    const { slots, picker } = this.#options;
    if (slots === undefined && picker.isDone) this.#choker.slots = SEED_SLOTS;
  }

  #tell(changes: readonly Change<Conversation>[]): void {
    const { uploads, clock } = this.#options;
    for (const { id: peer, isChoked } of changes) {
      peer.amChoking = isChoked;
      peer.say({ type: isChoked ? "choke" : "unchoke" });
      if (isChoked) uploads.choke(peer);
      else {
        peer.unchokedMs = clock.now();
        peer.sentBeforeUnchoke = peer.upload.total;
      }
    }
  }

  /** BEP 6: who finds no free slot may have a few pieces all the same, so that it has something to give. */
  #grantFast(peer: Conversation): void {
    const { info, picker } = this.#options;
    if (!peer.greeting.isFast || !peer.amChoking || peer.grantedFast.size > 0) return;
    if (picker.hasOf(peer).count >= ALLOWED_FAST_PIECES) return;
    peer.grantedFast = allowedFastSet(peer.socket.remote.host, info.infoHash, info.pieceCount);
    for (const piece of peer.grantedFast)
      if (picker.have.has(piece)) peer.say({ type: "allowedFast", piece });
  }

  #views(): PeerView<Conversation>[] {
    const { conversations, uploads, clock } = this.#options;
    const nowMs = clock.now();
    return [...conversations].map((peer) => ({
      id: peer,
      isInterested: peer.isInterested,
      isChoked: peer.amChoking,
      downloadRate: peer.download.bytesPerSecond(nowMs),
      uploadRate: peer.upload.bytesPerSecond(nowMs),
      isSnubbed: peer.isSnubbing(nowMs),
      connectedAtMs: peer.begunMs,
      unchokedAtMs: peer.unchokedMs,
      sentBytes: peer.upload.total - peer.sentBeforeUnchoke,
      isMidPiece: uploads.isMidPiece(peer),
    }));
  }
}
