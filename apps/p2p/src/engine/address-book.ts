// Whom to dial next, whom to let in, whom never again. Clock and chance are handed in; knows no connection.
import { canonicalHost, isLoopback } from "@socketlab/core/browser";
import { backOff, isBetter, isPlausible, keyOf, newEntry, release, type Entry } from "./address-entry.ts";
import { canonicalPriority } from "./priority.ts";

/** Where a peer is reached: an IP address (from a tracker or a magnet link perhaps a name) and a port. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

export type Source = "tracker" | "pex" | "dht" | "lsd" | "magnet" | "incoming";

// Somebody who lists a victim under all its ports does not make us dial all of them.
const MAX_PER_HOST = 8;
const MAX_BANS = 10_000;
const MAX_OWN = 64;

export interface AddressBookOptions {
  /** Candidates: 3,000, each some hundred bytes; the worst give way. */
  readonly maxAddresses?: number;
  /** Conversations at a time, those that are being begun among them: 200. */
  readonly maxConnections?: number;
  /** Dials at a time: 30, since routers at home keep few that are half open. */
  readonly maxDials?: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Whether we want nothing: then whoever has everything is not dialled, there is nothing to say. */
  readonly isSeeding?: () => boolean;
}

export class AddressBook {
  readonly #entries = new Map<string, Entry>();
  readonly #banned = new Set<string>();
  readonly #own = new Set<string>();
  /** As others see us: an IPv4 and an IPv6 address, perhaps. */
  readonly #seenAs = new Map<boolean, PeerAddress>();
  readonly #perHost = new Map<string, number>();
  readonly #maxAddresses: number;
  readonly #maxConnections: number;
  readonly #maxDials: number;
  readonly #random: () => number;
  readonly #isSeeding: () => boolean;
  #isPrivate = false;

  constructor(options: AddressBookOptions) {
    const { maxAddresses = 3000, maxConnections = 200, maxDials = 30, random } = options;
    const { isSeeding = () => false } = options;
    this.#maxAddresses = maxAddresses;
    this.#maxConnections = maxConnections;
    this.#maxDials = maxDials;
    this.#random = random;
    this.#isSeeding = isSeeding;
  }

  get size(): number {
    return this.#entries.size;
  }

  count(state: Entry["state"]): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.state === state) count++;
    return count;
  }

  /** Something is wanted, and nobody is there to ask for it, nor being dialled. */
  get isDry(): boolean {
    return !this.#isSeeding() && this.count("dialing") + this.count("connected") === 0;
  }

  /**
   * Somebody has told us of an address.
   * @param teller the host of whoever has told, if it was over the network.
   * @returns whether it is new and taken.
   */
  add(address: PeerAddress, source: Exclude<Source, "incoming">, teller?: string): boolean {
    if (this.#isPrivate && source !== "tracker") return false;
    const known = this.#entries.get(keyOf(address));
    if (known !== undefined) {
      known.isFromTracker ||= source === "tracker";
      return false;
    }
    return isPlausible(address, teller) && this.#insert(address, source) !== undefined;
  }

  /** Whom to dial now; it then counts as being dialled, until `connected` or `failed` is called. */
  next(nowMs: number): PeerAddress | undefined {
    const dials = this.count("dialing");
    if (dials >= this.#maxDials || dials + this.count("connected") >= this.#maxConnections) return undefined;
    const isSeeding = this.#isSeeding();
    let best: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.state !== "idle" || !entry.isDialable || entry.notBeforeMs > nowMs) continue;
      if (isSeeding && entry.isSeed) continue;
      if (best === undefined || isBetter(entry, best)) best = entry;
    }
    if (best !== undefined) best.state = "dialing";
    return best?.address;
  }

  /** The handshakes are exchanged with whom `next` has named. */
  connected(address: PeerAddress, nowMs: number): void {
    const entry = this.#entries.get(keyOf(address));
    if (entry !== undefined)
      Object.assign(entry, { state: "connected", connectedAtMs: nowMs, isSeed: false });
  }

  /** Whom `next` has named could not be reached, or was no use: not again before 5 s, 60 s, 120 s, an hour. */
  failed(address: PeerAddress, nowMs: number): void {
    const entry = this.#entries.get(keyOf(address));
    if (entry !== undefined) backOff(entry, nowMs);
  }

  /**
   * Somebody has dialled us, from there.
   * @returns undefined if it is to be turned away; `drop` says who has to go in its place (BEP 40). `closed` ends it.
   */
  accept(remote: PeerAddress, nowMs: number): { readonly drop: PeerAddress | undefined } | undefined {
    const known = this.#entries.get(keyOf(remote));
    if (this.isBanned(remote.host) || (known !== undefined && known.state !== "idle")) return undefined;
    const connected = [...this.#entries.values()].filter(({ state }) => state === "connected");
    let drop: Entry | undefined;
    if (connected.length >= this.#maxConnections) {
      if (connected.length === 0) return undefined;
      const priority = this.#canonicalPriority(remote);
      drop = connected.reduce((worst, entry) => (entry.priority < worst.priority ? entry : worst));
      if (priority === undefined || drop.priority >= priority) return undefined;
    }
    const entry = known ?? this.#insert(remote, "incoming");
    if (entry === undefined) return undefined;
    if (drop !== undefined) this.closed(drop.address, nowMs);
    Object.assign(entry, { state: "connected", connectedAtMs: nowMs });
    return { drop: drop?.address };
  }

  /**
   * Who has dialled us listens on this port (BEP 10's `p`): not dialled as long as this conversation lasts. To be said again
   * when a dial of ours to there has ended because this conversation is kept.
   */
  listensAt(remote: PeerAddress, port: number, nowMs: number): void {
    const entry = this.#entries.get(keyOf(remote));
    const address = { host: remote.host, port };
    if (entry?.state !== "connected" || entry.isDialable || entry.listening !== undefined) return;
    const known = this.#entries.get(keyOf(address));
    const listening = known ?? (isPlausible(address, remote.host) ? this.#insert(address, "pex") : undefined);
    if (listening?.state !== "idle") return;
    Object.assign(listening, { state: "covered", connectedAtMs: nowMs, isSeed: false });
    entry.listening = listening;
  }

  /** A conversation has ended. */
  closed(address: PeerAddress, nowMs: number): void {
    const entry = this.#entries.get(keyOf(address));
    if (entry === undefined) return;
    if (entry.listening !== undefined) this.#uncover(entry.listening, nowMs);
    entry.listening = undefined;
    if (entry.isDialable) release(entry, nowMs);
    else this.#delete(entry);
  }

  /** With whom we talk from there has everything, or wants nothing more. */
  isSeed(remote: PeerAddress): void {
    const entry = this.#entries.get(keyOf(remote));
    const dialable = entry?.listening ?? entry;
    if (dialable !== undefined) dialable.isSeed = true;
  }

  /** It is ourselves: we listen there, or whom we have dialled there has our own peer id. */
  isOurOwn(address: PeerAddress): void {
    const key = keyOf(address);
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#delete(entry);
    addBounded(this.#own, key, MAX_OWN);
  }

  /** How others see us, with the port that we listen on: BEP 40's priorities depend on it. */
  seenAs(address: PeerAddress): void {
    const isIpv6 = address.host.includes(":");
    const known = this.#seenAs.get(isIpv6);
    if (known !== undefined && keyOf(known) === keyOf(address)) return;
    this.#seenAs.set(isIpv6, address);
    for (const entry of this.#entries.values())
      entry.priority = this.#canonicalPriority(entry.address) ?? entry.priority;
  }

  /** Never again, whatever the port. @returns with whom to end the conversation. */
  ban(host: string): PeerAddress[] {
    addBounded(this.#banned, canonicalHost(host), MAX_BANS);
    return this.#purge((entry) => this.isBanned(entry.address.host));
  }

  isBanned(host: string): boolean {
    return this.#banned.has(canonicalHost(host));
  }

  /** BEP 27: from now on addresses come from trackers alone. @returns with whom to end the conversation. */
  becomePrivate(): PeerAddress[] {
    this.#isPrivate = true;
    return this.#purge(
      ({ isDialable, isFromTracker, state }) => isDialable && !isFromTracker && state !== "covered",
    );
  }

  #insert(address: PeerAddress, source: Source): Entry | undefined {
    const key = keyOf(address);
    if (this.#own.has(key) || this.isBanned(address.host)) return undefined;
    const inHost = this.#perHost.get(canonicalHost(address.host)) ?? 0;
    if (inHost >= MAX_PER_HOST && !isLoopback(address.host)) return undefined;
    const priority = this.#canonicalPriority(address) ?? Math.floor(this.#random() * 2 ** 32);
    const entry = newEntry(address, source, priority);
    if (this.#entries.size >= this.#maxAddresses) {
      let worst: Entry | undefined;
      for (const each of this.#entries.values())
        if (each.state === "idle" && (worst === undefined || isBetter(worst, each))) worst = each;
      if (worst !== undefined && (source === "incoming" || isBetter(entry, worst))) this.#delete(worst);
      else return undefined;
    }
    this.#entries.set(key, entry);
    this.#perHost.set(canonicalHost(address.host), inHost + 1);
    return entry;
  }

  /** Who listens there talks with us no more. */
  #uncover(listening: Entry, nowMs: number): void {
    // BEP 27: it was kept only so that we do not dial whom we talk with, should a tracker name it.
    if (this.#isPrivate && !listening.isFromTracker) this.#delete(listening);
    else release(listening, nowMs);
  }

  #delete({ address }: Entry): void {
    const host = canonicalHost(address.host);
    const left = (this.#perHost.get(host) ?? 0) - 1;
    if (!this.#entries.delete(keyOf(address))) return;
    if (left > 0) this.#perHost.set(host, left);
    else this.#perHost.delete(host);
  }

  #purge(isToGo: (entry: Entry) => boolean): PeerAddress[] {
    const gone = [...this.#entries.values()].filter(isToGo);
    for (const entry of gone) this.#delete(entry);
    return gone
      .filter(({ state }) => state === "dialing" || state === "connected")
      .map(({ address }) => address);
  }

  #canonicalPriority(address: PeerAddress): number | undefined {
    const own = this.#seenAs.get(address.host.includes(":"));
    return own && canonicalPriority(own, address);
  }
}

/** The oldest gives way. */
function addBounded(set: Set<string>, value: string, max: number): void {
  set.delete(value);
  const [oldest] = set;
  if (set.size >= max && oldest !== undefined) set.delete(oldest);
  set.add(value);
}
