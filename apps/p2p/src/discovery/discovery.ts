// Ways to find peers without a tracker: what the DHT and local discovery have in common. Knows neither.
import type { PeerAddress } from "../engine/address-book.ts";

/**
 * Never for a private torrent (BEP 27): whoever asks for one sees to that, as only the torrent says so.
 * A wrong answer costs a dial, so whoever dials decides how many; each peer is told as often as somebody names it.
 */
export interface Discovery {
  /**
   * Tells others that a peer listens here at this port, and asks them for theirs: now, and again from time to time,
   * until the signal aborts or all of it is closed.
   */
  announce(infoHash: Uint8Array, port: number, signal?: AbortSignal): void;
  /** Asks for peers once, and tells nobody of us. Resolves when all have been asked; never rejects. */
  lookup(infoHash: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** @returns what ends it. */
  onPeer(callback: (infoHash: Uint8Array, peer: PeerAddress) => void): () => void;
  /** Says nothing more, and hears nothing. Harmless a second time. */
  close(): Promise<void>;
}

export interface Dht extends Discovery {
  /** Of UDP. */
  readonly port: number;
  /** How many nodes are known. */
  readonly nodeCount: number;
  /** A node that may be there, as a peer says in a PORT message. */
  addNode(node: PeerAddress): void;
}

/** What a process finds peers with beside trackers. */
export interface Discoveries {
  readonly dht?: Dht | undefined;
  readonly lsd?: Discovery | undefined;
}

/** Torrents that one process may look for at a time; each costs some datagrams every few minutes. */
export const MAX_TORRENTS = 1000;
