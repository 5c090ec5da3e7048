// A peer's trackers, asked for each family of addresses that it listens in (BEP 7): they see one address of ours each time.
import { randomInt } from "node:crypto";
import { addressToBytes, type Clock } from "@socketlab/core";
import type { PeerAddress } from "../engine/address-book.ts";
import { familyOf } from "../engine/compact-peers.ts";
import { Announcer, type AnnouncerOptions, type Progress } from "../tracker/client/announcer.ts";
import type { Place } from "./places.ts";

export interface AnnouncersOptions {
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly places: readonly Place[];
  /** BEP 12. */
  readonly trackers: readonly (readonly string[])[];
  readonly isPrivate: boolean;
  readonly progress: () => Progress;
  readonly clock: Clock;
  readonly onPeers: (peers: readonly PeerAddress[]) => void;
  readonly onSwitch: () => void;
  /** A tracker has not answered in any family, or has said no: told once, until it has answered again. */
  readonly onFailed: ((url: string, error: Error) => void) | undefined;
  /** Default: over the network. */
  readonly announce?: AnnouncerOptions["announce"];
}

export class Announcers {
  readonly #options: AnnouncersOptions;
  readonly #announcers: readonly Announcer[];
  /** Of each tracker, in which families it does not answer. */
  readonly #down = new Map<string, Set<4 | 6>>();
  readonly #told = new Set<string>();

  constructor(options: AnnouncersOptions) {
    this.#options = options;
    // BEP 7: trackers know by it that both are the same peer.
    const key = randomInt(2 ** 32);
    this.#announcers = this.#places
      .filter((place) => this.#tiersFor(place).length > 0)
      .map((place) => this.#announcerOf(place, key));
  }

  start(): void {
    for (const announcer of this.#announcers) announcer.start();
  }

  needPeers(): void {
    for (const announcer of this.#announcers) announcer.needPeers();
  }

  completed(): void {
    for (const announcer of this.#announcers) announcer.completed();
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    await Promise.all(this.#announcers.map((announcer) => announcer.stop()));
  }

  /** BEP 27: a private torrent is announced to one tracker at a time, which is decided once. */
  get #places(): readonly Place[] {
    const { places, isPrivate } = this.#options;
    return isPrivate ? places.slice(0, 1) : places;
  }

  /** Where both families are spoken, an address is asked in its own. */
  #tiersFor({ family }: Place): readonly (readonly string[])[] {
    const { trackers } = this.#options;
    const isAsked = (url: string): boolean =>
      this.#places.length === 1 || (familyOfTracker(url) ?? family) === family;
    return trackers.map((tier) => tier.filter(isAsked)).filter((tier) => tier.length > 0);
  }

  #announcerOf(place: Place, key: number): Announcer {
    const { infoHash, peerId, isPrivate, progress, clock, onPeers, onSwitch, announce } = this.#options;
    const { family, port, localHost } = place;
    return new Announcer({
      tiers: this.#tiersFor(place),
      isPrivate,
      identity: { infoHash, peerId, port, key },
      progress,
      clock,
      random: Math.random,
      askOptions: { localHost, ...(this.#places.length > 1 && { family }) },
      ...(announce !== undefined && { announce }),
      onPeers,
      onSwitch,
      onReply: (url) => {
        this.#down.get(url)?.delete(family);
        this.#told.delete(url);
      },
      onFailure: (url, error) => this.#failed(url, family, error),
    });
  }

  #failed(url: string, family: 4 | 6, error: Error): void {
    const down = this.#down.get(url) ?? new Set();
    this.#down.set(url, down.add(family));
    const asked = this.#announcers.filter(({ trackers }) => trackers.some((tracker) => tracker.url === url));
    if (down.size < asked.length || this.#told.has(url)) return;
    this.#told.add(url);
    this.#options.onFailed?.(url, error);
  }
}

/** Undefined for a name, which may have addresses of both, and for what is no URL. */
function familyOfTracker(url: string): 4 | 6 | undefined {
  const host = URL.parse(url)?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  return addressToBytes(host) === undefined ? undefined : familyOf(host);
}
