// How the peers of one torrent are found, and which are let in: trackers, the DHT, other peers, whoever dials. Knows no content.
import { ClosedError, LimitError, type Clock } from "@socketlab/core";
import { AddressBook, type PeerAddress } from "../engine/address-book.ts";
import type { Discoveries } from "../discovery/discovery.ts";
import { keptOfTwo, type Dialled } from "../engine/simultaneous.ts";
import type { Progress } from "../tracker/client/announcer.ts";
import { Announcers } from "./announcers.ts";
import type { PeerSocket } from "./conversation.ts";
import { Dialer } from "./dialer.ts";
import type { Greeting } from "./greeting.ts";
import type { Peer, Talker } from "./peer.ts";
import { ownAddresses, placesOf } from "./places.ts";
import { Search } from "./search.ts";

export interface FinderOptions {
  readonly peer: Peer;
  readonly clock: Clock;
  /** Who talks with those that are found. */
  readonly talker: Talker;
  readonly isPrivate: boolean;
  /** BEP 12. */
  readonly trackers: readonly (readonly string[])[];
  /** Beside trackers; none for a private torrent (BEP 27). */
  readonly discoveries?: Discoveries | undefined;
  /** Whether we want nothing: seeds are then not dialled, nor is anybody looked for. */
  readonly isSeeding?: (() => boolean) | undefined;
  /** What trackers are told. */
  readonly progress: () => Progress;
  /** Others that are known from the first. */
  readonly peers?: readonly PeerAddress[] | undefined;
  /** A tracker has not answered, or has said no: told once, until it has answered again. */
  readonly onTrackerFailed?: ((url: string, error: Error) => void) | undefined;
}

interface Open extends Dialled {
  readonly socket: PeerSocket;
}

export class Finder implements Talker {
  readonly book: AddressBook;
  readonly #options: FinderOptions;
  readonly #dialer: Dialer;
  readonly #announcers: Announcers;
  readonly #search: Search;
  /** It has a node of the DHT for this torrent. */
  readonly hasDht: boolean;
  /** By the peer's id: with nobody do we talk twice at a time. */
  readonly #open = new Map<string, Open>();

  constructor(options: FinderOptions) {
    const {
      peer,
      clock,
      talker,
      isPrivate,
      trackers,
      progress,
      peers = [],
      discoveries = {},
      isSeeding,
      onTrackerFailed,
    } = options;
    this.#options = options;
    this.book = new AddressBook({ random: Math.random, ...(isSeeding && { isSeeding }) });
    for (const own of ownAddresses(peer.endpoints)) this.book.isOurOwn(own);
    // Those that the user names are nobody's secret.
    for (const address of peers) this.book.add(address, isPrivate ? "tracker" : "magnet");
    if (isPrivate) this.book.becomePrivate();
    const places = placesOf(peer.endpoints);
    this.#announcers = new Announcers({
      infoHash: talker.infoHash,
      peerId: peer.id,
      places,
      trackers,
      isPrivate,
      progress,
      clock,
      onPeers: (found) => this.found(found, "tracker"),
      onSwitch: () => this.#leaveAll(),
      onFailed: onTrackerFailed,
    });
    this.hasDht = discoveries.dht !== undefined;
    this.#search = new Search({
      discoveries,
      infoHash: talker.infoHash,
      port: places[0]?.port,
      clock,
      onPeer: (address, source, teller) => this.found([address], source, teller),
    });
    const onNobody = (): void => {
      this.#announcers.needPeers();
      this.#search.again();
    };
    this.#dialer = new Dialer({ peer, talker: this, book: this.book, clock, places, onNobody });
  }

  get infoHash(): Uint8Array {
    return this.#options.talker.infoHash;
  }

  start(): void {
    this.#options.peer.add(this);
    this.#dialer.dial();
    this.#announcers.start();
    this.#search.start();
  }

  /** All that is wanted is there: tells the trackers. */
  completed(): void {
    this.#announcers.completed();
  }

  /** Looks no further, and tells the trackers that we leave. Never rejects. */
  async close(): Promise<void> {
    this.#options.peer.remove(this);
    this.#dialer.close();
    this.#search.close();
    await this.#announcers.stop();
  }

  /** Somebody has told of others. @param teller the host of whoever it was. */
  found(addresses: readonly PeerAddress[], source: "tracker" | "pex" | "dht" | "lsd", teller?: string): void {
    for (const address of addresses) this.book.add(address, source, teller);
    this.#dialer.dial();
  }

  /** Talks with whoever is let in. @throws LimitError `no-room`, ClosedError `known`, and what ends the conversation. */
  async talk(socket: PeerSocket, greeting: Greeting): Promise<void> {
    const { clock, talker } = this.#options;
    const isOurs = socket.role === "client";
    if (!isOurs) this.#letIn(socket);
    const name = Buffer.from(greeting.peerId).toString("latin1");
    const own: Open = { socket, isOurs, beganAtMs: clock.now() };
    try {
      this.#choose(name, own, greeting.peerId);
      await talker.talk(socket, greeting);
    } finally {
      if (this.#open.get(name) === own) this.#open.delete(name);
      if (!isOurs) this.book.closed(socket.remote, clock.now());
    }
  }

  #letIn(socket: PeerSocket): void {
    const room = this.book.accept(socket.remote, this.#options.clock.now());
    if (room === undefined) throw new LimitError("no-room", "there is no room for another conversation");
    const { drop } = room;
    if (drop === undefined) return;
    for (const { socket: other } of this.#open.values())
      if (other.remote.host === drop.host && other.remote.port === drop.port)
        other.abort(new LimitError("no-room", "somebody else has taken its place"));
  }

  /** @throws ClosedError `known` when another conversation with this peer goes on. */
  #choose(name: string, own: Open, remoteId: Uint8Array): void {
    const known = this.#open.get(name);
    const twice = new ClosedError("known", "another conversation with this peer goes on");
    if (known !== undefined) {
      if (keptOfTwo(this.#options.peer.id, remoteId, known, own) === "first") throw twice;
      known.socket.abort(twice);
    }
    this.#open.set(name, own);
  }

  /** BEP 27: of another tracker there are other peers, and none of those before. */
  #leaveAll(): void {
    for (const { socket } of this.#open.values())
      socket.abort(new ClosedError("tracker-changed", "another tracker answers for this private torrent"));
  }
}
