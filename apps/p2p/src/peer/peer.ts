// This process as a peer: it waits to be contacted and contacts others, for each of its torrents. Knows no command and no disk.
import {
  connect,
  listen,
  ProtocolError,
  realNetwork,
  type Endpoint,
  type MessageListener,
  type Network,
  type TraceEvent,
} from "@socketlab/core";
import { peerWire, type PeerMessage } from "../protocol.ts";
import { hexOf } from "../hex.ts";
import type { PeerSocket } from "./conversation.ts";
import { beGreeted, greet, type Greeting, type OwnGreeting } from "./greeting.ts";

/** Conversations at a time, of all torrents together. */
const MOST_CONVERSATIONS = 200;
/** That others from one address have begun: there may be many behind a router, but they must leave room for the rest. */
const MOST_PER_ADDRESS = 50;

/**
 * Unsent, to one peer: more than the blocks that may be under way to it and any bitfield. Whoever makes us answer and reads
 * nothing is cut off at that.
 */
const MOST_UNSENT_BYTES: number = 2 * 2 ** 20;

/** Whoever talks about a torrent. */
export interface Talker {
  readonly infoHash: Uint8Array;
  /** It has a node of the DHT, and tells of it (BEP 5). */
  readonly hasDht?: boolean;
  /** Talks until the conversation is over. @throws what ended it. */
  talk(socket: PeerSocket, greeting: Greeting): Promise<void>;
}

export interface PeerOptions {
  /** 20 bytes (BEP 20). */
  readonly peerId: Uint8Array;
  /** Default: the real one. */
  readonly network?: Network;
  /** Each message that crosses a door of this peer. */
  readonly trace?: ((event: TraceEvent) => void) | undefined;
  /** A conversation is over, and why, if it was not orderly. */
  readonly onEnded?: (socket: PeerSocket, error: Error | undefined) => void;
}

export interface DialOptions {
  /** Which of this host's addresses to speak from. */
  readonly localHost?: string | undefined;
  /** The handshakes are exchanged. */
  readonly onGreeted?: (greeting: Greeting) => void;
}

export class Peer implements AsyncDisposable {
  readonly id: Uint8Array;
  readonly #network: Network;
  readonly #options: PeerOptions;
  readonly #talkers = new Map<string, Talker>();
  readonly #listeners: MessageListener<PeerMessage, PeerMessage>[] = [];
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: PeerOptions) {
    this.#options = options;
    this.id = options.peerId;
    this.#network = options.network ?? realNetwork;
  }

  /** Where this peer waits to be contacted. */
  get endpoints(): Endpoint[] {
    return this.#listeners.map(({ endpoint }) => endpoint);
  }

  /** @throws UsageError `address-in-use`, … */
  async listen(endpoint: Endpoint): Promise<void> {
    const listener = await listen(peerWire, endpoint, {
      network: this.#network,
      maxConnections: MOST_CONVERSATIONS,
      maxConnectionsPerAddress: MOST_PER_ADDRESS,
      maxSendQueueBytes: MOST_UNSENT_BYTES,
      trace: this.#options.trace,
      // The talker notices silence itself: keep-alives are messages here.
      idleTimeoutMs: 0,
    });
    this.#listeners.push(listener);
    this.#track(this.#accept(listener));
  }

  /** From now on whoever asks for this torrent talks with `talker`. */
  add(talker: Talker): void {
    this.#talkers.set(hexOf(talker.infoHash), talker);
  }

  remove(talker: Talker): void {
    const name = hexOf(talker.infoHash);
    if (this.#talkers.get(name) === talker) this.#talkers.delete(name);
  }

  /**
   * Initiates a conversation, and talks until it is over.
   * @returns what ended it; undefined for an orderly end. Never rejects.
   */
  async dial(talker: Talker, remote: Endpoint, options: DialOptions = {}): Promise<Error | undefined> {
    const talking = this.#dial(talker, remote, options);
    this.#track(talking);
    return talking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await Promise.all(this.#underWay);
  }

  #track(promise: Promise<unknown>): void {
    this.#underWay.add(promise);
    void promise.finally(() => this.#underWay.delete(promise));
  }

  async #dial(
    talker: Talker,
    remote: Endpoint,
    { localHost, onGreeted }: DialOptions,
  ): Promise<Error | undefined> {
    const { signal } = this.#stopping;
    let socket: PeerSocket;
    try {
      socket = await connect(peerWire, remote, {
        network: this.#network,
        signal,
        localHost,
        maxSendQueueBytes: MOST_UNSENT_BYTES,
        trace: this.#options.trace,
      });
    } catch (error) {
      return error as Error;
    }
    const own = this.#own(talker);
    return this.#talk(
      socket,
      () => talker,
      async () => {
        const greeting = await greet(socket, own, this.#network.clock);
        onGreeted?.(greeting);
        return greeting;
      },
    );
  }

  async #accept(listener: MessageListener<PeerMessage, PeerMessage>): Promise<void> {
    for await (const socket of listener) this.#track(this.#welcome(socket));
  }

  #welcome(socket: PeerSocket): Promise<Error | undefined> {
    let talker: Talker | undefined;
    const ownFor = (infoHash: Uint8Array): OwnGreeting | undefined => {
      talker = this.#talkers.get(hexOf(infoHash));
      return talker && this.#own(talker);
    };
    return this.#talk(
      socket,
      () => talker,
      () => beGreeted(socket, ownFor, this.#network.clock),
    );
  }

  async #talk(
    socket: PeerSocket,
    talkerOf: () => Talker | undefined,
    begin: () => Promise<Greeting>,
  ): Promise<Error | undefined> {
    let failure: Error | undefined;
    try {
      const greeting = await begin();
      if (Buffer.compare(greeting.peerId, this.id) === 0)
        throw new ProtocolError("ourselves", "that is this peer itself");
      await talkerOf()?.talk(socket, greeting);
      await socket.close();
    } catch (error) {
      failure = error as Error;
      if (failure instanceof ProtocolError) await socket.close();
      else socket.abort(failure);
    }
    this.#options.onEnded?.(socket, failure);
    return failure;
  }

  #own(talker: Talker): OwnGreeting {
    return { infoHash: talker.infoHash, peerId: this.id, hasDht: talker.hasDht ?? false };
  }
}
