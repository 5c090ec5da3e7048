// One conversation with a remote peer: what both have said of themselves, and what is under way. Decides nothing.
import { ProtocolError, TimeoutError, type MessageSocket } from "@socketlab/core";
import type { PeerAddress } from "../engine/address-book.ts";
import {
  DEFAULT_MAX_REQUESTS,
  idFor,
  type ExtensionHandshake,
  type ExtensionName,
} from "../extensions/handshake.ts";
import type { Greeting } from "./greeting.ts";
import type { PeerMessage } from "../protocol.ts";
import { RateLimit } from "../engine/rate-limit.ts";
import { RateMeter } from "../engine/rate-meter.ts";

/** A remote peer may have so many of our blocks on their way to it at a time. */
const MOST_SENDING = 8;

const SNUBBED_MS = 60_000;
// Others hang up after two minutes of silence (BEP 3).
const KEEP_ALIVE_MS = 100_000;
const SILENCE_MS = 150_000;

/** How fast bytes may move, in bytes a second; Infinity: as fast as they can. */
export interface Limits {
  /** Of all conversations of this process. */
  readonly upload: RateLimit;
  readonly download: RateLimit;
  readonly uploadPerPeer: number;
  readonly downloadPerPeer: number;
}

export type PeerSocket = MessageSocket<PeerMessage, PeerMessage>;

/** What was asked for, and when. */
export interface Asked {
  readonly piece: number;
  readonly block: number;
  readonly atMs: number;
}

export class Conversation {
  readonly socket: PeerSocket;
  readonly greeting: Greeting;
  readonly begunMs: number;
  /** We send nothing. */
  amChoking = true;
  /** It has something that we want. */
  amInterested = false;
  /** It sends nothing. */
  isChoking = true;
  /** We have something that it wants. */
  isInterested = false;
  /** Asked of it, and neither sent nor refused; by the block's number in the torrent. */
  readonly asked: Map<number, Asked> = new Map();
  /** No longer wanted, but may be on their way. */
  readonly cancelled: Set<number> = new Set();
  /** Pieces that it sends even while it chokes us (BEP 6). */
  readonly allowedFast: Set<number> = new Set();
  /** Pieces that we send it even while we choke it. */
  grantedFast: ReadonlySet<number> = new Set();
  /** It has told of its node of the DHT. */
  hasNamedNode = false;
  /** What it has said of itself (BEP 10). */
  introduction: ExtensionHandshake = {};
  roundTripMs = Infinity;
  readonly download: RateMeter;
  readonly upload: RateMeter;
  /** How long the last two blocks were in coming, each since the one before it or since it was asked for. */
  #gapsMs: [number, number] = [0, 0];
  /** Since when it has owed us something and sent nothing. */
  owesSinceMs: number | undefined;
  /** When it has sent anything last. */
  heardMs: number;
  /** When something was last said to it, as far as `tick` has noticed. */
  #saidMs: number;
  /** When we unchoked it last, and how much we had sent it then. */
  unchokedMs = -Infinity;
  sentBeforeUnchoke = 0;
  /** Of this conversation alone, beside those of all together. */
  readonly uploadLimit: RateLimit;
  readonly downloadLimit: RateLimit;
  /** It has had what it may have, for now. */
  uploadPausedUntilMs = -Infinity;
  /** It can still be told something. */
  isOpen = true;
  /** Pieces of ours that it hears of with whatever is said to it next: it cannot ask for them sooner. */
  readonly untold: Set<number> = new Set();
  #sending = 0;
  #said = false;

  constructor(socket: PeerSocket, greeting: Greeting, limits: Limits, nowMs: number) {
    this.socket = socket;
    this.uploadLimit = new RateLimit(limits.uploadPerPeer);
    this.downloadLimit = new RateLimit(limits.downloadPerPeer);
    this.greeting = greeting;
    this.begunMs = nowMs;
    this.heardMs = nowMs;
    this.#saidMs = nowMs;
    this.download = new RateMeter();
    this.upload = new RateMeter();
  }

  /** Whether another block may be sent: what was sent has left, or nearly. */
  get canSend(): boolean {
    return this.#sending < MOST_SENDING;
  }

  /** How many requests it takes at a time. */
  get maxRequests(): number {
    return this.introduction.maxRequests ?? DEFAULT_MAX_REQUESTS;
  }

  /** Where others reach it; undefined if it has dialled us, and has not said. */
  get listensAt(): PeerAddress | undefined {
    const { host, port: remotePort } = this.socket.remote;
    const port = this.introduction.port ?? (this.socket.role === "client" ? remotePort : undefined);
    return port === undefined ? undefined : { host, port };
  }

  /** It does not owe this block any more. @returns what it was asked; undefined if it did not owe it. */
  settle(key: number): Asked | undefined {
    const asked = this.asked.get(key);
    this.asked.delete(key);
    if (this.asked.size === 0) this.owesSinceMs = undefined;
    return asked;
  }

  /** A block has come that it was asked for. */
  answered(key: number, bytes: number, nowMs: number): void {
    this.#gapsMs = [this.#gapsMs[1], this.owesForMs(nowMs)];
    this.roundTripMs = Math.min(this.roundTripMs, nowMs - (this.settle(key)?.atMs ?? -Infinity));
    if (this.asked.size > 0) this.owesSinceMs = nowMs;
    this.download.add(bytes, nowMs);
  }

  /**
   * In how long it will have sent what it was asked for, and `more` blocks: if they come as fast as the last ones did, and not
   * before it has been silent for as long again. Its rate would not do: others have their turns, and then it sends many in a row.
   */
  dueInMs(more: number, nowMs: number): number {
    return Math.max(this.owesForMs(nowMs), (this.asked.size + more) * Math.min(...this.#gapsMs));
  }

  /** For how long it has owed us something and sent nothing. */
  owesForMs(nowMs: number): number {
    return this.owesSinceMs === undefined ? 0 : nowMs - this.owesSinceMs;
  }

  /** It owes us something, and has sent nothing for so long that we do not count on it (Cohen 2003). */
  isSnubbing(nowMs: number): boolean {
    return this.owesForMs(nowMs) > SNUBBED_MS;
  }

  /** Says it now. What cannot be said any more is lost with the conversation. */
  say(message: PeerMessage): void {
    this.tellUntold();
    this.#said = true;
    void this.socket.send(message).catch(() => {});
  }

  /** It must not wait for them any longer. */
  tellUntold(): void {
    const pieces = [...this.untold];
    this.untold.clear();
    for (const piece of pieces) this.say({ type: "have", piece });
  }

  /** Says something that BEP 3 has not. @returns false if it has not said that it knows this extension. */
  sayExtended(name: ExtensionName, payload: Uint8Array): boolean {
    const extension = idFor(this.introduction, name);
    if (extension !== undefined) this.say({ type: "extended", extension, payload });
    return extension !== undefined;
  }

  /** A block is on its way to it. @returns to be called when there is room for another. */
  beginBlock(): () => void {
    this.#said = true;
    this.#sending++;
    return () => void this.#sending--;
  }

  /** To be called now and then: says that we are there, if we have said nothing for long, and hangs up if it has not. */
  tick(nowMs: number): void {
    this.tellUntold();
    if (this.#said) this.#saidMs = nowMs;
    else if (nowMs - this.#saidMs >= KEEP_ALIVE_MS) {
      this.say({ type: "keepAlive" });
      this.#saidMs = nowMs;
    }
    this.#said = false;
    if (nowMs - this.heardMs > SILENCE_MS)
      this.socket.abort(new TimeoutError("silent", `nothing was heard for ${SILENCE_MS / 1000} s`));
  }

  /** It broke the rules. */
  refuse(code: string, sentence: string): never {
    throw new ProtocolError(code, sentence);
  }
}
