// Peer exchange (BEP 11, ut_pex): with whom else one is connected. Time is handed in; knows no address book. Not for private torrents.
import { ProtocolError, TokenBucket } from "@socketlab/core/browser";
import { encode } from "../bencode/encode.ts";
import type { Dictionary } from "../bencode/value.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import { decodeCompactPeers, encodeCompactPeers } from "../engine/compact-peers.ts";
import { bytesOrNone, decodePayload } from "./payload.ts";

/** What is known of a peer beside where it is: bits of `added.f`. */
export const pexFlags = { prefersEncryption: 1, isSeed: 2, utp: 4, holepunch: 8, isReachable: 16 } as const;

export interface PexPeer extends PeerAddress {
  readonly flags: number;
}

export interface PexMessage {
  readonly added: readonly PexPeer[];
  readonly dropped: readonly PeerAddress[];
}

const INTERVAL_MS = 60_000;
/** In a message, of both families: of those that are new, and of those that are gone. */
const MAX_PEERS = 50;
/** The first message may say more (BEP 11). Beyond this nobody listens. */
const MAX_RECEIVED = 200;
/** Messages of others may come in bunches, since clocks and networks are not exact; who sends much more is hung up on. */
const BURST = 3;
const MAX_IGNORED = 20;

export function encodePex({ added, dropped }: PexMessage): Uint8Array {
  const of = <Peer extends PeerAddress>(peers: readonly Peer[], family: 4 | 6): Peer[] =>
    peers.filter(({ host }) => host.includes(":") === (family === 6));
  const flags = (peers: readonly PexPeer[]): Uint8Array => Uint8Array.from(peers, (peer) => peer.flags);
  return encode({
    added: encodeCompactPeers(of(added, 4), 4),
    "added.f": flags(of(added, 4)),
    added6: encodeCompactPeers(of(added, 6), 6),
    "added6.f": flags(of(added, 6)),
    dropped: encodeCompactPeers(of(dropped, 4), 4),
    dropped6: encodeCompactPeers(of(dropped, 6), 6),
  });
}

/** Missing flags are 0. @throws ProtocolError for what is no dictionary, and lists that are cut off. */
export function decodePex(payload: Uint8Array): PexMessage {
  const { dictionary } = decodePayload(payload);
  return {
    added: [...addedOf(dictionary, "added", 4), ...addedOf(dictionary, "added6", 6)],
    dropped: [...peersOf(dictionary, "dropped", 4), ...peersOf(dictionary, "dropped6", 6)],
  };
}

/** What to tell one peer, and when. */
export class PexSender {
  readonly #told = new Map<string, PexPeer>();
  #lastMs = -Infinity;

  /** Whether a minute has passed since something was told. */
  isDue(nowMs: number): boolean {
    return nowMs - this.#lastMs >= INTERVAL_MS;
  }

  /**
   * To be called when it is due.
   * @param connected everybody whom we are connected to, by the address where they listen; not the receiver.
   * @returns what is new since the last time; undefined if nothing is.
   */
  next(connected: readonly PexPeer[], nowMs: number): PexMessage | undefined {
    const current = new Map(connected.map((peer) => [`${peer.host} ${peer.port}`, peer]));
    const added = [...current].filter(([key]) => !this.#told.has(key)).slice(0, MAX_PEERS);
    const dropped = [...this.#told].filter(([key]) => !current.has(key)).slice(0, MAX_PEERS);
    if (added.length === 0 && dropped.length === 0) return undefined;
    this.#lastMs = nowMs;
    for (const [key] of dropped) this.#told.delete(key);
    for (const [key, peer] of added) this.#told.set(key, peer);
    return {
      added: added.map(([, peer]) => peer),
      dropped: dropped.map(([, { host, port }]) => ({ host, port })),
    };
  }
}

/** What one peer tells, and how often it may. */
export class PexReceiver {
  readonly #bucket = new TokenBucket({ perSecond: 1000 / INTERVAL_MS, burst: BURST });
  #ignored = 0;

  /** @returns undefined if it comes too soon. @throws ProtocolError; `too-many-pex` if it comes too soon again and again. */
  receive(payload: Uint8Array, nowMs: number): PexMessage | undefined {
    if (this.#bucket.take(nowMs) === 0) return decodePex(payload);
    if (++this.#ignored > MAX_IGNORED)
      throw new ProtocolError("too-many-pex", "far more than one message of peer exchange a minute");
    return undefined;
  }
}

function peersOf(dictionary: Dictionary, key: string, family: 4 | 6): PeerAddress[] {
  const bytes = bytesOrNone(dictionary, key);
  return bytes === undefined ? [] : decodeCompactPeers(bytes, family, MAX_RECEIVED);
}

function addedOf(dictionary: Dictionary, key: string, family: 4 | 6): PexPeer[] {
  const flags = bytesOrNone(dictionary, `${key}.f`);
  return peersOf(dictionary, key, family).map((peer, at) => ({ ...peer, flags: flags?.[at] ?? 0 }));
}
