// Looks for a torrent's peers beside its trackers: in the DHT and on the local network. Knows neither's datagrams.
import type { Clock } from "@socketlab/core";
import type { PeerAddress } from "../engine/address-book.ts";
import type { Discoveries, Discovery } from "../discovery/discovery.ts";

/** Where nobody is found, it is looked again that often. */
const AGAIN_MS = 60_000;

export interface SearchOptions {
  /** None for a private torrent (BEP 27). */
  readonly discoveries: Discoveries;
  readonly infoHash: Uint8Array;
  /** At which we listen, for others to dial. */
  readonly port: number | undefined;
  readonly clock: Clock;
  /** @param teller the host of whoever has told, where that is known. */
  readonly onPeer: (peer: PeerAddress, source: "dht" | "lsd", teller?: string) => void;
}

export class Search {
  readonly #options: SearchOptions;
  readonly #closing = new AbortController();
  #nextMs = Infinity;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  start(): void {
    const { discoveries, port, clock, onPeer } = this.#options;
    if (port === undefined) return;
    this.#nextMs = clock.now() + AGAIN_MS;
    const { dht, lsd } = discoveries;
    // What a node of the DHT has told was checked there.
    if (dht !== undefined) this.#announce(dht, port, (peer) => onPeer(peer, "dht"));
    if (lsd !== undefined) this.#announce(lsd, port, (peer) => onPeer(peer, "lsd", peer.host));
  }

  /** Nobody is left; harmless when called often. */
  again(): void {
    const { discoveries, infoHash, clock } = this.#options;
    if (clock.now() < this.#nextMs) return;
    this.#nextMs = clock.now() + AGAIN_MS;
    for (const discovery of [discoveries.dht, discoveries.lsd])
      void discovery?.lookup(infoHash, this.#closing.signal);
  }

  close(): void {
    this.#nextMs = Infinity;
    this.#closing.abort();
  }

  #announce(discovery: Discovery, port: number, onPeer: (peer: PeerAddress) => void): void {
    const { infoHash } = this.#options;
    const { signal } = this.#closing;
    const stop = discovery.onPeer((found, peer) => {
      if (Buffer.compare(found, infoHash) === 0) onPeer(peer);
    });
    signal.addEventListener("abort", stop, { once: true });
    discovery.announce(infoHash, port, signal);
  }
}
