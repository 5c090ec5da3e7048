// Peers from the DHT (BEP 5): which torrents are announced in it, and when again. Knows no datagram.
import { LimitError, realClock, UsageError, type Clock, type Timer } from "@socketlab/core";
import { hexOf } from "../hex.ts";
import { DhtNode, type DhtNodeOptions } from "./dht-node.ts";
import { MAX_TORRENTS, type Dht } from "./discovery.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import { NODE_ID_BYTES } from "./node-id.ts";

/** Whom desktop clients ask first. Nobody is asked whom the user has not named: this is for one who says "the public DHT". */
export const PUBLIC_ROUTERS: readonly PeerAddress[] = [
  { host: "router.bittorrent.com", port: 6881 },
  { host: "dht.transmissionbt.com", port: 6881 },
  { host: "dht.libtorrent.org", port: 25_401 },
];

/** libtorrent's: a peer that missed one is not yet forgotten. */
const ANNOUNCE_MS = 15 * 60_000;
/** While nobody has been found to announce to. */
const RETRY_MS = 10_000;

export interface DhtOptions extends DhtNodeOptions {
  readonly clock?: Clock;
}

interface Announced {
  readonly stop: AbortController;
  timer: Timer | undefined;
}

/** @throws UsageError `no-such-address`, `address-in-use`, `bad-endpoint` where `host` is not IPv4. */
export async function openDht({ clock = realClock, ...options }: DhtOptions): Promise<Dht> {
  const callbacks = new Set<(infoHash: Uint8Array, peer: PeerAddress) => void>();
  const announced = new Map<string, Announced>();
  const node = await DhtNode.open(options, (infoHash, peer) => {
    for (const callback of callbacks) callback(infoHash, peer);
  });
  let isClosed = false;

  async function announceAgain(infoHash: Uint8Array, port: number, self: Announced): Promise<void> {
    const isTold = await node.announce(infoHash, port, self.stop.signal);
    if (self.stop.signal.aborted) return;
    self.timer = clock.after(isTold ? ANNOUNCE_MS : RETRY_MS, () => void announceAgain(infoHash, port, self));
    if (node.count === 0) await node.addNodes(options.bootstrap);
  }

  function forget(key: string): void {
    const self = announced.get(key);
    self?.stop.abort();
    self?.timer?.clear();
    announced.delete(key);
  }

  return {
    port: node.port,
    get nodeCount() {
      return node.count;
    },
    addNode: (address) => node.addNode(address),
    announce(infoHash, port, signal) {
      checkHash(infoHash);
      if (isClosed || signal?.aborted) return;
      const key = hexOf(infoHash);
      forget(key);
      if (announced.size >= MAX_TORRENTS)
        throw new LimitError("too-many-torrents", `the DHT is told of ${MAX_TORRENTS} torrents at most`);
      const self: Announced = { stop: new AbortController(), timer: undefined };
      announced.set(key, self);
      signal?.addEventListener("abort", () => announced.get(key) === self && forget(key), { once: true });
      void announceAgain(infoHash, port, self);
    },
    lookup(infoHash, signal) {
      checkHash(infoHash);
      return node.lookup(infoHash, signal);
    },
    onPeer(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    async close() {
      isClosed = true;
      for (const key of announced.keys()) forget(key);
      await node.close();
    },
  };
}

/** BEP 52: of a longer hash, the first 20 bytes are the torrent's name here. */
function checkHash({ length }: Uint8Array): void {
  if (length !== NODE_ID_BYTES)
    throw new UsageError(
      "bad-value",
      `the DHT knows a torrent by ${NODE_ID_BYTES} bytes, and ${length} are given`,
    );
}
