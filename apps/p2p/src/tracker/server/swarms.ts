// All swarms of a tracker: who comes, who goes, who has not been heard of for too long, and how many there may be. Decides;
// keeps nothing for longer than the process lives. Time and chance are handed in.
import { addressToBytes } from "@socketlab/core";
import type { AnnounceRequest, ScrapeCounts } from "../messages.ts";
import { latin1Text } from "../query.ts";
import { hexOf } from "../../hex.ts";
import { StoreError, type Visit, type Visited } from "./store.ts";
import { Swarm, type Entry, type Peer } from "./swarm.ts";

export interface SwarmLimits {
  /** Entries in all: each takes some 570 bytes. */
  readonly maxPeers: number;
  readonly maxSwarms: number;
  /** Entries of one address (IPv6: of one /64) in all swarms together. */
  readonly maxPerAddress: number;
  /** The same in one swarm: so many may share an address, behind one NAT. */
  readonly maxPerAddressAndSwarm: number;
}

export const swarmLimits: SwarmLimits = {
  maxPeers: 1_000_000,
  maxSwarms: 200_000,
  maxPerAddress: 10_000,
  maxPerAddressAndSwarm: 64,
};

export interface SwarmsOptions {
  readonly now: () => number;
  readonly random: () => number;
  /** Who has not announced itself for so long is gone. */
  readonly expiryMs: number;
  readonly limits?: Partial<SwarmLimits> | undefined;
}

/** What a visit has changed: for whoever writes it down. */
export interface Change {
  readonly put: Entry | undefined;
  readonly removed: readonly Entry[];
  /** It has just come to have all of it. */
  readonly isCompleted: boolean;
}

export class Swarms {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #expiryMs: number;
  readonly #limits: SwarmLimits;
  readonly #swarms = new Map<string, Swarm>();
  /** Who has been silent the longest is first. */
  readonly #peers = new Set<Peer>();
  /** Nobody is there, but somebody has been: forgotten first. */
  readonly #empty = new Set<Swarm>();
  readonly #perOwner = new Map<string, number>();

  constructor(options: SwarmsOptions) {
    this.#now = options.now;
    this.#random = options.random;
    this.#expiryMs = options.expiryMs;
    this.#limits = { ...swarmLimits, ...options.limits };
  }

  get size(): { swarms: number; peers: number; seeds: number } {
    let seeds = 0;
    for (const swarm of this.#swarms.values()) seeds += swarm.counts.seeds;
    return { swarms: this.#swarms.size - this.#empty.size, peers: this.#peers.size, seeds };
  }

  /** @throws StoreError `full`, `too-many`: nothing has changed. */
  announce(visit: Visit): Visited & { readonly change: Change } {
    this.#expire();
    const { host, request } = visit;
    const infoHash = hexOf(request.infoHash);
    const entry = entryOf(host, request, this.#now());
    const swarm = this.#swarms.get(infoHash);
    const before = swarm?.get(entry.host, entry.port);
    if (request.event === "stopped") {
      // Whoever shares the address, behind one NAT, must not send others away.
      const isOwn = before !== undefined && isSame(before, entry);
      // Some say goodbye with port 0.
      const own = isOwn ? before : swarm?.ofSame(entry);
      if (own !== undefined) this.#remove(own);
      const removed = own === undefined ? [] : [own];
      return {
        counts: this.counts(infoHash) ?? noCounts,
        peers: [],
        change: { put: undefined, removed, isCompleted: false },
      };
    }
    const same = swarm?.ofSame(entry);
    const moved = same === before ? undefined : same;
    if (before === undefined && moved === undefined) this.#assertRoom(host, swarm);
    const isCompleted = request.event === "completed" && before?.isSeed === false && entry.isSeed;
    if (moved !== undefined) this.#remove(moved);
    const peer = this.#put(infoHash, entry);
    if (isCompleted) peer.swarm.completed++;
    // aria2 says that nothing is left when it has but a magnet link: who comes anew is told of everybody.
    const wants = request.event === "started" || (!peer.isSeed && !peer.isPaused);
    const peers = peer.swarm.pick(peer, wants, visit.maxPeers, visit.families, this.#random);
    const removed = moved === undefined ? [] : [moved];
    return { counts: peer.swarm.counts, peers, change: { put: peer, removed, isCompleted } };
  }

  /** Undefined for a swarm in which nobody has ever been, as far as is known. */
  counts(infoHash: string): ScrapeCounts | undefined {
    this.#expire();
    return this.#swarms.get(infoHash)?.counts;
  }

  /** Takes what was written down, here or elsewhere; what is too old or too much is left out. */
  restore(infoHash: string, entry: Entry): void {
    if (entry.atMs + this.#expiryMs <= this.#now()) return;
    const { maxPeers, maxSwarms } = this.#limits;
    const swarm = this.#swarms.get(infoHash);
    const isNew = swarm?.get(entry.host, entry.port) === undefined;
    if (isNew && (this.#peers.size >= maxPeers || (swarm === undefined && this.#swarms.size >= maxSwarms)))
      return;
    this.#put(infoHash, entry);
  }

  /** Takes note that somebody has gone, elsewhere. */
  forget(infoHash: string, host: string, port: number): void {
    const peer = this.#swarms.get(infoHash)?.get(host, port);
    if (peer !== undefined) this.#remove(peer);
  }

  /** How often a swarm's peers have come to have all of it, as was written down. */
  setCompleted(infoHash: string, completed: number): void {
    const swarm = this.#swarms.get(infoHash);
    if (swarm === undefined && this.#swarms.size >= this.#limits.maxSwarms) return;
    this.#swarm(infoHash).completed = completed;
  }

  /** To be written down: whoever is there, the longest silent first; and each swarm that has a count. */
  *entries(): Generator<{ infoHash: string; entry: Entry }> {
    this.#expire();
    for (const peer of this.#peers) yield { infoHash: peer.swarm.infoHash, entry: peer };
  }

  *completed(): Generator<{ infoHash: string; completed: number }> {
    for (const { infoHash, completed } of this.#swarms.values())
      if (completed > 0) yield { infoHash, completed };
  }

  #put(infoHash: string, entry: Entry): Peer {
    const swarm = this.#swarm(infoHash);
    const before = swarm.get(entry.host, entry.port);
    if (before !== undefined) this.#drop(before);
    const peer = swarm.add(entry);
    this.#peers.add(peer);
    this.#empty.delete(swarm);
    this.#countOwner(entry.host, swarm, 1);
    return peer;
  }

  #swarm(infoHash: string): Swarm {
    let swarm = this.#swarms.get(infoHash);
    if (swarm === undefined) {
      swarm = new Swarm(infoHash);
      this.#swarms.set(infoHash, swarm);
      this.#empty.add(swarm);
    }
    return swarm;
  }

  /** A swarm that nobody is in, and that has nothing to be remembered by, goes too. */
  #remove(peer: Peer): void {
    this.#drop(peer);
    const { swarm } = peer;
    if (swarm.size > 0) return;
    if (swarm.completed > 0) this.#empty.add(swarm);
    else this.#swarms.delete(swarm.infoHash);
  }

  #drop(peer: Peer): void {
    peer.swarm.remove(peer);
    this.#peers.delete(peer);
    this.#countOwner(peer.host, peer.swarm, -1);
  }

  #expire(): void {
    const oldestMs = this.#now() - this.#expiryMs;
    for (const peer of this.#peers) {
      if (peer.atMs > oldestMs) return;
      this.#remove(peer);
    }
  }

  #assertRoom(host: string, swarm: Swarm | undefined): void {
    const { maxPeers, maxSwarms, maxPerAddress, maxPerAddressAndSwarm } = this.#limits;
    const owner = ownerOf(host);
    if (this.#peers.size >= maxPeers)
      throw new StoreError(
        "full",
        `this tracker has ${maxPeers} peers and no room for more; try again later`,
      );
    if ((this.#perOwner.get(owner) ?? 0) >= maxPerAddress)
      throw new StoreError(
        "too-many",
        `${owner} has announced itself ${maxPerAddress} times, and that is all`,
      );
    if (
      swarm !== undefined &&
      (this.#perOwner.get(`${owner} ${swarm.infoHash}`) ?? 0) >= maxPerAddressAndSwarm
    )
      throw new StoreError(
        "too-many",
        `${maxPerAddressAndSwarm} peers of this torrent are at ${owner}, and that is all`,
      );
    if (swarm !== undefined || this.#swarms.size < maxSwarms) return;
    const [forgotten] = this.#empty;
    if (forgotten === undefined)
      throw new StoreError(
        "full",
        `this tracker has ${maxSwarms} torrents and no room for more; try again later`,
      );
    this.#empty.delete(forgotten);
    this.#swarms.delete(forgotten.infoHash);
  }

  #countOwner(host: string, { infoHash }: Swarm, by: 1 | -1): void {
    const owner = ownerOf(host);
    for (const key of [owner, `${owner} ${infoHash}`]) {
      const count = (this.#perOwner.get(key) ?? 0) + by;
      if (count > 0) this.#perOwner.set(key, count);
      else this.#perOwner.delete(key);
    }
  }
}

/** Somebody who knows one or the other; aria2 has another key each time that it speaks UDP. */
function isSame(before: Entry, { key, peerId }: Entry): boolean {
  return before.key === undefined || before.key === key || before.peerId === peerId;
}

const noCounts: ScrapeCounts = { seeds: 0, leechers: 0, completed: 0, downloaders: 0 };

function entryOf(host: string, request: AnnounceRequest, nowMs: number): Entry {
  return {
    host,
    port: request.port,
    peerId: latin1Text(request.peerId),
    key: request.key,
    isSeed: request.left === 0,
    isPaused: request.event === "paused",
    atMs: nowMs,
  };
}

/** Whom an address belongs to: with IPv6, one customer has 2⁶⁴ of them. */
function ownerOf(host: string): string {
  const bytes = addressToBytes(host);
  return bytes?.length === 16 ? `${hexOf(bytes.subarray(0, 8))}::/64` : host;
}
