// Who has which pieces, and so who is interested in whom: what peers say of it is heeded, and what is true of us is told. Asks
// for nothing.
import { Bitfield } from "../engine/bitfield.ts";
import type { Picker } from "../engine/picker.ts";
import type { Conversation } from "./conversation.ts";

export interface InterestListener {
  /** It has something that we want, and owes us nothing. */
  readonly onInteresting: (peer: Conversation) => void;
  /** Neither of us wants anything of the other: the conversation is about to end. */
  readonly onUseless: ((peer: Conversation) => void) | undefined;
}

export class Interest {
  readonly #picker: Picker<Conversation>;
  readonly #pieceCount: number;
  readonly #listener: InterestListener;

  constructor(picker: Picker<Conversation>, pieceCount: number, listener: InterestListener) {
    this.#picker = picker;
    this.#pieceCount = pieceCount;
    this.#listener = listener;
  }

  /** The first that is said in a conversation: which pieces we have. */
  introduce(peer: Conversation): void {
    const { have } = this.#picker;
    if (peer.greeting.isFast && have.isFull) peer.say({ type: "haveAll" });
    else if (have.count > 0) peer.say({ type: "bitfield", bits: have.toBytes() });
    else if (peer.greeting.isFast) peer.say({ type: "haveNone" });
  }

  /** We have a piece more: whoever has it too need not know, and whoever may not ask need not know yet. */
  tell(peer: Conversation, piece: number): void {
    const isNews = !this.#picker.hasOf(peer).has(piece);
    if (isNews && peer.isInterested && peer.amChoking) peer.untold.add(piece);
    else if (isNews) peer.say({ type: "have", piece });
    this.show(peer);
  }

  /** It has a piece more. @throws ProtocolError `bad-piece`. */
  has(peer: Conversation, piece: number): void {
    if (piece >= this.#pieceCount)
      peer.refuse("bad-piece", `it has a piece ${piece}, and there are ${this.#pieceCount}`);
    this.#picker.learn(peer, piece);
    peer.untold.delete(piece);
    this.show(peer);
    this.leaveIfUseless(peer);
  }

  /** It belongs directly behind the handshake, but aria2 sends one in place of many `have`, too. @throws ProtocolError. */
  hasThese(peer: Conversation, bits: Uint8Array): void {
    this.#learnAll(peer, Bitfield.from(bits, this.#pieceCount));
  }

  hasAll(peer: Conversation): void {
    const all = new Bitfield(this.#pieceCount);
    all.setAll();
    this.#learnAll(peer, all);
  }

  /** A piece of its is gone (BEP 54). */
  hasLost(peer: Conversation, piece: number): void {
    this.#picker.unlearn(peer, piece);
    this.show(peer);
  }

  /** Says whether we are interested, if that has changed. */
  show(peer: Conversation): void {
    const isInteresting = this.#picker.isInteresting(peer);
    if (isInteresting !== peer.amInterested) {
      peer.amInterested = isInteresting;
      peer.say({ type: isInteresting ? "interested" : "notInterested" });
    }
    if (isInteresting && peer.asked.size === 0) this.#listener.onInteresting(peer);
  }

  /** Two who want nothing have nothing to say to each other; not everybody tells of pieces that we have, too (BEP 21). */
  leaveIfUseless(peer: Conversation): void {
    const wantsNothing = this.#picker.hasOf(peer).isFull || peer.introduction.isUploadOnly === true;
    if (!this.#picker.isDone || !wantsNothing) return;
    this.#listener.onUseless?.(peer);
    void peer.socket.close();
  }

  #learnAll(peer: Conversation, has: Bitfield): void {
    for (const piece of has) {
      this.#picker.learn(peer, piece);
      peer.untold.delete(piece);
    }
    this.show(peer);
    this.leaveIfUseless(peer);
  }
}
