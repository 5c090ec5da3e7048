// What a magnet link leaves out: a torrent's info, from peers that have it (BEP 9). Asks them for nothing else.
import { realClock, type Clock } from "@socketlab/core";
import type { Discoveries } from "../discovery/discovery.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import type { Magnet } from "../torrent/magnet.ts";
import { Finder } from "./finder.ts";
import { MetadataTalker, type Fetched } from "./metadata-talker.ts";
import type { Peer } from "./peer.ts";

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
  readonly clock?: Clock;
}

/** @throws the signal's reason. */
export async function fetchMetadata(options: FetchMetadataOptions): Promise<Fetched> {
  const { peer, magnet, peers = [], discoveries, signal, onTrackerFailed, clock = realClock } = options;
  signal.throwIfAborted();
  const talker = new MetadataTalker(magnet.infoHash, peer.endpoints[0]?.port, clock);
  const finder: Finder = new Finder({
    peer,
    clock,
    talker,
    isPrivate: false,
    trackers: magnet.trackers.map((url) => [url]),
    progress: () => ({ uploaded: 0, downloaded: 0, left: LEFT_UNKNOWN }),
    peers: [...peers, ...magnet.peers],
    discoveries,
    onTrackerFailed,
  });
  talker.onPeers = (addresses, teller) => finder.found(addresses, "pex", teller);
  talker.onLiar = (host) => void finder.book.ban(host);
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
