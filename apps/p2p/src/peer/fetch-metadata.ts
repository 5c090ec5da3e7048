// What a magnet link leaves out: a torrent's info, from peers that have it (BEP 9). Asks them for nothing else.
import { every, LimitError, ProtocolError, realClock, TokenBucket, type Clock } from "@socketlab/core";
import type { Discoveries } from "../discovery/discovery.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  extensionIds,
  idFor,
  mergeHandshakes,
  type ExtensionHandshake,
} from "../extensions/handshake.ts";
import { decodeMetadata, encodeMetadata } from "../extensions/metadata.ts";
import { MetadataFetch } from "../extensions/metadata-fetch.ts";
import { decodePex } from "../extensions/pex.ts";
import type { Magnet } from "../torrent/magnet.ts";
import type { PeerSocket } from "./conversation.ts";
import { CLIENT_NAME } from "./extensions.ts";
import { Finder } from "./finder.ts";
import type { Greeting } from "./greeting.ts";
import type { Peer, Talker } from "./peer.ts";

const ROUND_MS = 1000;
/** More than any torrent's info has parts; what else a peer says meanwhile counts too. */
const RATE = { perSecond: 1000, burst: 10_000 };
/** A tracker must not take us for a seed. */
const LEFT_UNKNOWN = 1;

export interface FetchMetadataOptions {
  readonly peer: Peer;
  readonly magnet: Pick<Magnet, "infoHash" | "trackers" | "peers">;
  readonly peers?: readonly PeerAddress[];
  /** Whether it is private is in what is looked for; who gives a link to it says nothing of that. */
  readonly discoveries?: Discoveries;
  readonly signal: AbortSignal;
  readonly onTrackerFailed?: ((url: string, error: Error) => void) | undefined;
}

/** @returns the info dictionary's bytes, verified; and whom to ask for the content. @throws the signal's reason. */
export async function fetchMetadata(
  options: FetchMetadataOptions,
): Promise<{ bytes: Uint8Array; peers: PeerAddress[] }> {
  const { peer, magnet, peers = [], discoveries, signal, onTrackerFailed } = options;
  signal.throwIfAborted();
  const talker = new MetadataTalker(magnet.infoHash, peer.endpoints[0]?.port, realClock);
  const finder: Finder = new Finder({
    peer,
    clock: realClock,
    talker,
    isPrivate: false,
    trackers: magnet.trackers.map((url) => [url]),
    progress: () => ({ uploaded: 0, downloaded: 0, left: LEFT_UNKNOWN }),
    peers: [...peers, ...magnet.peers],
    discoveries,
    onTrackerFailed,
  });
  talker.onPeers = (addresses, teller) => finder.found(addresses, "pex", teller);
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", abort);
  try {
    finder.start();
    return await Promise.race([talker.fetched, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    talker.close();
    await finder.close();
  }
}

/** A peer that may have it. */
interface Source {
  readonly socket: PeerSocket;
  introduction: ExtensionHandshake;
}

class MetadataTalker implements Talker {
  readonly infoHash: Uint8Array;
  readonly #fetched = Promise.withResolvers<{ bytes: Uint8Array; peers: PeerAddress[] }>();
  onPeers: (addresses: readonly PeerAddress[], teller: string) => void = () => {};
  readonly #port: number | undefined;
  readonly #clock: Clock;
  readonly #fetch: MetadataFetch<Source>;
  readonly #sources = new Set<Source>();
  readonly #timer: { clear(): void };

  constructor(infoHash: Uint8Array, port: number | undefined, clock: Clock) {
    this.infoHash = infoHash;
    this.#port = port;
    this.#clock = clock;
    this.#fetch = new MetadataFetch(infoHash);
    this.#timer = every(clock, ROUND_MS, () => this.#ask());
  }

  get fetched(): Promise<{ bytes: Uint8Array; peers: PeerAddress[] }> {
    return this.#fetched.promise;
  }

  close(): void {
    this.#timer.clear();
    for (const { socket } of this.#sources) void socket.close();
  }

  async talk(socket: PeerSocket, greeting: Greeting): Promise<void> {
    // Nothing can be had of whoever does not know how.
    if (!greeting.hasExtensions) return;
    const source: Source = { socket, introduction: {} };
    this.#sources.add(source);
    const payload = encodeExtensionHandshake({
      ids: { ut_metadata: extensionIds.ut_metadata, ut_pex: extensionIds.ut_pex },
      port: this.#port,
      client: CLIENT_NAME,
      yourHost: socket.remote.host,
    });
    void socket.send({ type: "extended", extension: 0, payload }).catch(() => {});
    // BEP 6: we have nothing yet, and do not know of how many.
    if (greeting.isFast) void socket.send({ type: "haveNone" }).catch(() => {});
    const bucket = new TokenBucket(RATE);
    try {
      for await (const message of socket) {
        if (bucket.take(this.#clock.now()) > 0)
          throw new LimitError("too-many-messages", "far more messages than anybody needs");
        if (message.type === "extended") this.#heed(source, message.extension, message.payload);
        else if (message.type === "handshake")
          throw new ProtocolError("second-handshake", "a second handshake was sent");
      }
    } finally {
      this.#sources.delete(source);
      this.#fetch.left(source);
      this.#ask();
    }
  }

  #heed(source: Source, extension: number, payload: Uint8Array): void {
    if (extension === 0) {
      source.introduction = mergeHandshakes(source.introduction, decodeExtensionHandshake(payload));
      const { metadataBytes } = source.introduction;
      if (metadataBytes !== undefined && idFor(source.introduction, "ut_metadata") !== undefined)
        this.#fetch.offered(source, metadataBytes);
    } else if (extension === extensionIds.ut_pex)
      this.onPeers(decodePex(payload).added, source.socket.remote.host);
    else if (extension === extensionIds.ut_metadata) this.#received(source, payload);
    this.#ask();
  }

  #received(source: Source, payload: Uint8Array): void {
    const message = decodeMetadata(payload);
    if (message === undefined) return;
    if (message.type === "request") {
      this.#say(source, encodeMetadata({ type: "reject", part: message.part }));
      return;
    }
    for (const liar of this.#fetch.received(source, message, this.#clock.now()))
      liar.socket.abort(new ProtocolError("false-metadata", "what it has sent is not the torrent's info"));
    const { metadata } = this.#fetch;
    if (metadata !== undefined) this.#fetched.resolve({ bytes: metadata, peers: this.#whereOthersListen() });
  }

  #whereOthersListen(): PeerAddress[] {
    return [...this.#sources].flatMap(({ socket: { remote, role }, introduction }) => {
      const port = introduction.port ?? (role === "client" ? remote.port : undefined);
      return port === undefined ? [] : [{ host: remote.host, port }];
    });
  }

  #ask(): void {
    for (const { peer, part } of this.#fetch.requests(this.#clock.now()))
      this.#say(peer, encodeMetadata({ type: "request", part }));
  }

  #say({ socket, introduction }: Source, payload: Uint8Array): void {
    const extension = idFor(introduction, "ut_metadata");
    if (extension !== undefined) void socket.send({ type: "extended", extension, payload }).catch(() => {});
  }
}
