// What a tracker says to a peer that announces itself, whichever way it came. Knows no HTTP and no datagrams.
import type { AnnounceReply, AnnounceRequest, ScrapeCounts } from "../messages.ts";
import type { TrackerStore } from "./store.ts";
import { familyOf } from "../../engine/compact-peers.ts";

const DEFAULT_PEERS = 50;
const MAX_PEERS = 200;
/** Whoever needs peers may come again so soon. */
const MIN_INTERVAL_MS = 60_000;

export interface TrackerOptions {
  readonly store: TrackerStore;
  readonly intervalMs: number;
}

/** Where a request comes from, and what can be carried back. */
export interface Asker {
  /** The address that the socket says; never what the request does. */
  readonly host: string;
  readonly families: readonly (4 | 6)[];
  readonly maxPeers?: number;
}

export class Tracker {
  /** How much was asked since the start. */
  readonly asked = { announces: 0, scrapes: 0, refused: 0 };
  readonly #store: TrackerStore;
  readonly #intervalMs: number;

  constructor({ store, intervalMs }: TrackerOptions) {
    this.#store = store;
    this.#intervalMs = intervalMs;
  }

  /** @throws StoreError: what the peer is to be told. */
  async announce(asker: Asker, request: AnnounceRequest): Promise<AnnounceReply> {
    this.asked.announces++;
    // The zone of a link-local address means something on this host alone.
    const [host = ""] = asker.host.split("%");
    const most = asker.maxPeers ?? MAX_PEERS;
    const { counts, peers } = await this.#store.announce({
      host,
      request,
      families: asker.families,
      maxPeers: Math.min(request.numWant ?? DEFAULT_PEERS, most),
    });
    return {
      intervalMs: this.#intervalMs,
      minIntervalMs: Math.min(this.#intervalMs, MIN_INTERVAL_MS),
      seeds: counts.seeds,
      leechers: counts.leechers,
      externalHost: host,
      peers: peers.map((peer) => ({
        host: peer.host,
        port: peer.port,
        peerId: Buffer.from(peer.peerId, "latin1"),
      })),
    };
  }

  /** Undefined for a torrent that nobody has announced here. @throws StoreError */
  async scrape(infoHash: Uint8Array): Promise<ScrapeCounts | undefined> {
    this.asked.scrapes++;
    return this.#store.scrape(infoHash);
  }

  get size(): TrackerStore["size"] {
    return this.#store.size;
  }
}

/** A UDP tracker tells of addresses of the family that it was asked in (BEP 15). */
export function familiesOverUdp(host: string): readonly [4 | 6] {
  return [familyOf(host)];
}
