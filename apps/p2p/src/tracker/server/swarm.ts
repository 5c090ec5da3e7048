// The peers of one torrent: who is there, and whom to tell whom of. Knows no clock and no limits.
import { familyOf } from "../../engine/compact-peers.ts";
import type { ScrapeCounts } from "../messages.ts";
import { sample } from "../sample.ts";

/** A peer of a swarm, as it last announced itself. */
export interface Entry {
  readonly host: string;
  readonly port: number;
  /** 20 bytes, a character each. */
  readonly peerId: string;
  readonly key: number | undefined;
  /** Has all of it. */
  readonly isSeed: boolean;
  /** BEP 21: wants nothing more, though it has not all of it. */
  readonly isPaused: boolean;
  /** When it announced itself. */
  readonly atMs: number;
}

/** An entry and its place. */
export interface Peer extends Entry {
  readonly swarm: Swarm;
  /** In which of the swarm's lists, and where. */
  readonly list: number;
  place: number;
}

type Family = 4 | 6;

export class Swarm {
  /** In hexadecimal. */
  readonly infoHash: string;
  /** How often a peer here has come to have all of it. */
  completed = 0;
  #seeds = 0;
  /** Those who want something, and those who only give: of IPv4, of IPv6. */
  readonly #lists: readonly Peer[][] = [[], [], [], []];
  readonly #byAddress = new Map<string, Peer>();
  readonly #byId = new Map<string, Peer>();

  constructor(infoHash: string) {
    this.infoHash = infoHash;
  }

  get size(): number {
    return this.#byAddress.size;
  }

  get counts(): ScrapeCounts {
    const downloaders = this.#lists[0]!.length + this.#lists[2]!.length;
    return { seeds: this.#seeds, leechers: this.size - this.#seeds, completed: this.completed, downloaders };
  }

  get(host: string, port: number): Peer | undefined {
    return this.#byAddress.get(addressOf(host, port));
  }

  /** The entry of the same peer, as its id and key say, wherever it is. */
  ofSame(entry: Entry): Peer | undefined {
    const known = this.#byId.get(identityOf(entry));
    return entry.key !== undefined && known?.key === entry.key ? known : undefined;
  }

  /** There must be none at this address. */
  add(entry: Entry): Peer {
    const list = (familyOf(entry.host) === 6 ? 2 : 0) + (entry.isSeed || entry.isPaused ? 1 : 0);
    const peer: Peer = { ...entry, swarm: this, list, place: this.#lists[list]!.length };
    this.#lists[list]!.push(peer);
    this.#byAddress.set(addressOf(entry.host, entry.port), peer);
    const identity = identityOf(entry);
    if (!this.#byId.has(identity)) this.#byId.set(identity, peer);
    if (entry.isSeed) this.#seeds++;
    return peer;
  }

  remove(peer: Peer): void {
    const list = this.#lists[peer.list]!;
    const last = list.pop()!;
    if (last !== peer) {
      list[peer.place] = last;
      last.place = peer.place;
    }
    this.#byAddress.delete(addressOf(peer.host, peer.port));
    const identity = identityOf(peer);
    if (this.#byId.get(identity) === peer) this.#byId.delete(identity);
    if (peer.isSeed) this.#seeds--;
  }

  /**
   * Peers that are of use to `asker`, chosen at random: never itself, and for one that wants nothing nobody that only gives.
   * @param families that it can make use of.
   */
  pick(
    asker: Entry,
    wants: boolean,
    count: number,
    families: readonly Family[],
    random: () => number,
  ): Peer[] {
    if (count === 0) return [];
    const lists = families.flatMap((family) => {
      const [wanting, giving] = family === 6 ? [2, 3] : [0, 1];
      return wants ? [this.#lists[wanting]!, this.#lists[giving]!] : [this.#lists[wanting]!];
    });
    // Itself may be among them, at one address of each family.
    const others = sample(lists, count + 2, random).filter(
      (peer) => peer.peerId !== asker.peerId && !(peer.host === asker.host && peer.port === asker.port),
    );
    return others.slice(0, count);
  }
}

function addressOf(host: string, port: number): string {
  return `${host} ${port}`;
}

function identityOf({ peerId, host }: Entry): string {
  return `${familyOf(host)}${peerId}`;
}
