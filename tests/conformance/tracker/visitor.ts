// A peer that visits a tracker, as the checks need one: the same words over HTTP and UDP. Asks nobody itself.
import { randomBytes } from "node:crypto";

export interface Visit {
  readonly infoHash: Buffer;
  readonly peerId: Buffer;
  readonly port: number;
  readonly left?: number;
  readonly event?: "started" | "completed" | "stopped";
  readonly numWant?: number;
  /** An address that it claims to have. */
  readonly claimedIp?: string;
  readonly key?: number;
}

export interface Told {
  readonly intervalSeconds: number;
  readonly seeds: number;
  readonly leechers: number;
  /** `127.0.0.1:6881`, sorted. */
  readonly peers: readonly string[];
}

export interface Counts {
  readonly seeds: number;
  readonly completed: number;
  readonly leechers: number;
}

/** @throws Error for an answer that is none, or none in time. */
export interface Visitor {
  announce(visit: Visit): Promise<Told>;
  scrape(infoHash: Buffer): Promise<Counts>;
}

/** A torrent that nobody has announced. */
export function newTorrent(): Buffer {
  return randomBytes(20);
}

/** A peer that nobody has seen, at a port. */
export function newPeer(infoHash: Buffer, port: number, left = 100): Visit {
  const key = randomBytes(4).readUInt32BE();
  return { infoHash, peerId: Buffer.concat([Buffer.from("-CC0001-"), randomBytes(12)]), port, left, key };
}
