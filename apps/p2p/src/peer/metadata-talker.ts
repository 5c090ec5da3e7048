// Who talks with peers until a torrent's info is there (BEP 9), and finds out which of them lie. Dials nobody.
import { every, LimitError, ProtocolError, TokenBucket, type Clock } from "@socketlab/core";
import type { PeerAddress } from "../engine/address-book.ts";
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  extensionIds,
  idFor,
  mergeHandshakes,
} from "../extensions/handshake.ts";
import { decodeMetadata, encodeMetadata } from "../extensions/metadata.ts";
import { MetadataFetch } from "../extensions/metadata-fetch.ts";
import { PexReceiver } from "../extensions/pex.ts";
import { RateLimit } from "../engine/rate-limit.ts";
import { Conversation, type Limits, type PeerSocket } from "./conversation.ts";
import { CLIENT_NAME } from "./extensions.ts";
import type { Greeting } from "./greeting.ts";
import type { Talker } from "./peer.ts";

const ROUND_MS = 1000;
/** More than any torrent's info has parts; what else a peer says meanwhile counts too. */
const RATE = { perSecond: 1000, burst: 10_000 };

export interface Fetched {
  /** The info dictionary's, verified. */
  readonly bytes: Uint8Array;
  /** Whom to ask for the content. */
  readonly peers: readonly PeerAddress[];
  /** The hosts of those who have sent something else. */
  readonly liars: readonly string[];
}

/** No content is exchanged. */
const unlimited: Limits = {
  upload: new RateLimit(Infinity),
  download: new RateLimit(Infinity),
  uploadPerPeer: Infinity,
  downloadPerPeer: Infinity,
};

export class MetadataTalker implements Talker {
  readonly infoHash: Uint8Array;
  readonly #fetched = Promise.withResolvers<Fetched>();
  onPeers: (addresses: readonly PeerAddress[], teller: string) => void = () => {};
  /** Whoever speaks from there has sent something false, for certain. */
  onLiar: (host: string) => void = () => {};
  readonly #port: number | undefined;
  readonly #clock: Clock;
  readonly #fetch: MetadataFetch<Conversation>;
  /** Those who may have it, and what each tells of others. */
  readonly #sources = new Map<Conversation, PexReceiver>();
  readonly #liars = new Set<string>();
  readonly #timer: { clear(): void };

  constructor(infoHash: Uint8Array, port: number | undefined, clock: Clock) {
    this.infoHash = infoHash;
    this.#port = port;
    this.#clock = clock;
    this.#fetch = new MetadataFetch(infoHash);
    this.#timer = every(clock, ROUND_MS, () => this.#tick());
  }

  get fetched(): Promise<Fetched> {
    return this.#fetched.promise;
  }

  close(): void {
    this.#timer.clear();
    for (const { socket } of this.#sources.keys()) void socket.close();
  }

  async talk(socket: PeerSocket, greeting: Greeting): Promise<void> {
    // Nothing can be had of whoever does not know how.
    if (!greeting.hasExtensions) return;
    const source = new Conversation(socket, greeting, unlimited, this.#clock.now());
    this.#sources.set(source, new PexReceiver());
    const payload = encodeExtensionHandshake({
      ids: { ut_metadata: extensionIds.ut_metadata, ut_pex: extensionIds.ut_pex },
      port: this.#port,
      client: CLIENT_NAME,
      yourHost: socket.remote.host,
    });
    source.say({ type: "extended", extension: 0, payload });
    // BEP 6: we have nothing yet, and do not know of how many.
    if (greeting.isFast) source.say({ type: "haveNone" });
    const bucket = new TokenBucket(RATE);
    try {
      for await (const message of socket) {
        source.heardMs = this.#clock.now();
        if (bucket.take(this.#clock.now()) > 0)
          throw new LimitError("too-many-messages", "far more messages than anybody needs");
        if (message.type === "extended") this.#heed(source, message.extension, message.payload);
        else if (message.type === "handshake")
          source.refuse("second-handshake", "a second handshake was sent");
      }
    } finally {
      this.#sources.delete(source);
      this.#fetch.left(source);
      this.#ask();
    }
  }

  #heed(source: Conversation, extension: number, payload: Uint8Array): void {
    if (extension === 0) {
      source.introduction = mergeHandshakes(source.introduction, decodeExtensionHandshake(payload));
      const { metadataBytes } = source.introduction;
      if (metadataBytes !== undefined && idFor(source.introduction, "ut_metadata") !== undefined)
        this.#fetch.offered(source, metadataBytes);
    } else if (extension === extensionIds.ut_pex) {
      const message = this.#sources.get(source)?.receive(payload, this.#clock.now());
      if (message !== undefined) this.onPeers(message.added, source.socket.remote.host);
    } else if (extension === extensionIds.ut_metadata) this.#received(source, payload);
    this.#ask();
  }

  #received(source: Conversation, payload: Uint8Array): void {
    const message = decodeMetadata(payload);
    if (message === undefined) return;
    if (message.type === "request") {
      source.sayExtended("ut_metadata", encodeMetadata({ type: "reject", part: message.part }));
      return;
    }
    for (const { socket } of this.#fetch.received(source, message, this.#clock.now())) {
      const { host } = socket.remote;
      this.#liars.add(host);
      this.onLiar(host);
      for (const { socket: each } of this.#sources.keys())
        if (each.remote.host === host)
          each.abort(new ProtocolError("false-metadata", "what it has sent is not the torrent's info"));
    }
    const { metadata } = this.#fetch;
    if (metadata !== undefined)
      this.#fetched.resolve({
        bytes: metadata,
        peers: [...this.#sources.keys()].flatMap(({ listensAt }) => listensAt ?? []),
        liars: [...this.#liars],
      });
  }

  #tick(): void {
    for (const source of this.#sources.keys()) source.tick(this.#clock.now());
    this.#ask();
  }

  #ask(): void {
    for (const { peer, part } of this.#fetch.requests(this.#clock.now()))
      peer.sayExtended("ut_metadata", encodeMetadata({ type: "request", part }));
  }
}
