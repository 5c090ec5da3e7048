// What one swarm's peers say beyond BEP 3: the extension protocol (BEP 10), and in it BEP 9, 11, 21 and 54. Decides little.
import { LimitError, TokenBucket, type Clock } from "@socketlab/core";
import type { PeerAddress } from "../engine/address-book.ts";
import { decodeDontHave, encodeDontHave } from "../extensions/dont-have.ts";
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  extensionIds,
  idFor,
  mergeHandshakes,
  type ExtensionHandshake,
} from "../extensions/handshake.ts";
import { decodeMetadata, encodeMetadata, MetadataAnswers } from "../extensions/metadata.ts";
import { encodePex, pexFlags, PexReceiver, PexSender, type PexPeer } from "../extensions/pex.ts";
import type { Info } from "../torrent/info.ts";
import type { Conversation } from "./conversation.ts";
import { REQQ } from "./uploads.ts";

export const CLIENT_NAME = "Socketlab 0.1";
/** The extension handshake itself. */
const HANDSHAKE = 0;
/** Messages of extensions that one peer may send: far more than anybody needs. */
const RATE = { perSecond: 50, burst: 500 };

export interface ExtensionsOwner {
  /** Whether everything that we want is there. */
  readonly isDone: boolean;
  /** Where we listen. */
  readonly port: number | undefined;
  /** A peer has told of others. */
  onPeers(addresses: readonly PeerAddress[], teller: string): void;
  /** A peer has said where it listens, or from where it sees us come. */
  onIntroduced(peer: Conversation): void;
  /** BEP 54. */
  onDontHave(peer: Conversation, piece: number): void;
  /** Everybody whom we are connected to. */
  connected(): Iterable<Conversation>;
}

/** What is remembered of one peer. */
interface Memory {
  readonly bucket: TokenBucket;
  readonly answers: MetadataAnswers;
  readonly told: PexSender;
  readonly heard: PexReceiver;
}

export class Extensions {
  readonly #info: Info;
  readonly #owner: ExtensionsOwner;
  readonly #clock: Clock;
  readonly #memories = new WeakMap<Conversation, Memory>();

  constructor(info: Info, owner: ExtensionsOwner, clock: Clock) {
    this.#info = info;
    this.#owner = owner;
    this.#clock = clock;
  }

  /** Says which extensions we know; to be called when a conversation begins, and when we have become a seed. */
  introduce(peer: Conversation): void {
    if (!peer.greeting.hasExtensions) return;
    const { isPrivate, bytes } = this.#info;
    // BEP 27: of a private torrent nobody tells whom else to ask, nor what it is.
    const { ut_pex: _pex, ut_metadata: _metadata, ...forAll } = extensionIds;
    const handshake: ExtensionHandshake = {
      ids: isPrivate ? forAll : extensionIds,
      port: this.#owner.port,
      client: CLIENT_NAME,
      yourHost: peer.socket.remote.host,
      maxRequests: REQQ,
      metadataBytes: isPrivate ? undefined : bytes.length,
      isUploadOnly: this.#owner.isDone,
    };
    peer.say({ type: "extended", extension: HANDSHAKE, payload: encodeExtensionHandshake(handshake) });
  }

  /** @throws ProtocolError for what cannot be read; LimitError `too-many-messages`. */
  receive(peer: Conversation, extension: number, payload: Uint8Array): void {
    const memory = this.#memoryOf(peer);
    const nowMs = this.#clock.now();
    if (memory.bucket.take(nowMs) > 0)
      throw new LimitError("too-many-messages", "far more messages of extensions than anybody needs");
    if (extension === HANDSHAKE) this.#introduced(peer, payload);
    else if (extension === extensionIds.lt_donthave)
      this.#owner.onDontHave(peer, decodeDontHave(payload, this.#info.pieceCount));
    // What a private torrent does not have, nobody was told of.
    else if (this.#info.isPrivate) return;
    else if (extension === extensionIds.ut_metadata) this.#answer(peer, memory, payload);
    else if (extension === extensionIds.ut_pex) {
      const message = memory.heard.receive(payload, nowMs);
      if (message !== undefined) this.#owner.onPeers(message.added, peer.socket.remote.host);
    }
  }

  /** To be called now and then: tells who wants to know whom else we know. */
  exchangePeers(): void {
    if (this.#info.isPrivate) return;
    const nowMs = this.#clock.now();
    for (const peer of this.#owner.connected()) {
      const { told } = this.#memoryOf(peer);
      if (idFor(peer.introduction, "ut_pex") === undefined || !told.isDue(nowMs)) continue;
      const others = [...this.#owner.connected()].filter((other) => other !== peer).flatMap(asPexPeer);
      const message = told.next(others, nowMs);
      if (message !== undefined) peer.sayExtended("ut_pex", encodePex(message));
    }
  }

  /** A piece is no longer there. @returns whether the peer could be told. */
  dontHave(peer: Conversation, piece: number): boolean {
    return peer.sayExtended("lt_donthave", encodeDontHave(piece));
  }

  #introduced(peer: Conversation, payload: Uint8Array): void {
    peer.introduction = mergeHandshakes(peer.introduction, decodeExtensionHandshake(payload));
    this.#owner.onIntroduced(peer);
  }

  #answer(peer: Conversation, { answers }: Memory, payload: Uint8Array): void {
    const message = decodeMetadata(payload);
    if (message?.type !== "request") return;
    peer.sayExtended("ut_metadata", encodeMetadata(answers.answer(message.part, this.#info.bytes)));
  }

  #memoryOf(peer: Conversation): Memory {
    let memory = this.#memories.get(peer);
    if (memory === undefined) {
      memory = {
        bucket: new TokenBucket(RATE),
        answers: new MetadataAnswers(),
        told: new PexSender(),
        heard: new PexReceiver(),
      };
      this.#memories.set(peer, memory);
    }
    return memory;
  }
}

/** Where others reach it; nothing if that is not known. */
function asPexPeer(peer: Conversation): PexPeer[] {
  const { listensAt } = peer;
  if (listensAt === undefined) return [];
  const isSeed = peer.introduction.isUploadOnly === true;
  return [{ ...listensAt, flags: pexFlags.isReachable | (isSeed ? pexFlags.isSeed : 0) }];
}
