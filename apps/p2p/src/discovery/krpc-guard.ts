// Stands between the DHT library and the network, as one datagram of the wrong shape would end the process. Knows no socket.
import { createHmac, randomBytes } from "node:crypto";
import { addressToBytes, TokenBucket } from "@socketlab/core";
import { isPlausible } from "../engine/address-entry.ts";
import { decodeCompactPeers, encodeCompactPeers } from "../engine/compact-peers.ts";
import { hexOf } from "../hex.ts";
import { COMPACT_NODE_BYTES, decodeKrpc, encodeKrpc } from "./krpc.ts";
import type { Answer, KrpcMessage, Query } from "./krpc.ts";
import { mayHaveNodeId, NODE_ID_BYTES } from "./node-id.ts";

/** Of all together. A busy node of the public DHT is asked some ten times a second. */
const QUERIES = { perSecond: 200, burst: 400 };
/** BEP 5's K. The library would answer with all nodes that it knows, the nearest first: up to 30 times what it was asked with. */
const MAX_NODES_TOLD = 8;
/** With nodes and token it stays below 1000 bytes. The library would tell all that it knows. */
const MAX_PEERS_TOLD = 50;
/** The library keeps up to two generations of so many peers, whosesoever torrents they have. */
export const MAX_PEERS_KEPT = 2000;
const FROM_LIBRARY = { maxBytes: 16 * 2 * MAX_PEERS_KEPT, maxTokens: 4 * MAX_PEERS_KEPT };
const MAX_PEERS_HEARD = 200;
const MAX_NODES_HEARD = 64;
/** The library waits for 16 answers at a time, and two seconds for each. */
const MAX_AWAITED = 512;
const TAG_BYTES = 8;
/** BEP 42: how many nodes have to agree on what our address is. */
const VOTES_NEEDED = 5;
const MAX_VOTES = 32;

export interface GuardOptions {
  /** Enough nodes agree that this is the address that the world sees us at (BEP 42). */
  readonly onExternalHost?: (host: string) => void;
}

export class KrpcGuard {
  readonly #onExternalHost: (host: string) => void;
  readonly #secret = randomBytes(32);
  readonly #queries = new TokenBucket(QUERIES);
  /** Transaction, host and port of what the library has asked. */
  readonly #awaited = new Set<string>();
  /** Which address we have, by who said so. */
  readonly #votes = new Map<string, string>();
  #externalHost: string | undefined;
  #answering: Query | undefined;

  constructor({ onExternalHost = () => {} }: GuardOptions = {}) {
    this.#onExternalHost = onExternalHost;
  }

  /** Hands on what the library may hear, synchronously, so that what it sends meanwhile is its answer. Never throws. */
  receive(
    bytes: Uint8Array,
    host: string,
    port: number,
    nowMs: number,
    handOn: (bytes: Uint8Array) => void,
  ): void {
    let message: KrpcMessage;
    try {
      message = decodeKrpc(bytes);
    } catch {
      return;
    }
    if (message.y === "q") {
      if (this.#queries.take(nowMs) > 0 || !this.#takeTag(message, host)) return;
      this.#answering = message;
    } else {
      // The library would take any answer's sender for a node.
      if (!this.#awaited.delete(awaitedKey(message.t, host, port))) return;
      if (message.y === "r") this.#checkAnswer(message, host);
    }
    handOn(encodeKrpc(message));
    this.#answering = undefined;
  }

  /** @returns what to send instead of what the library wants to. */
  send(bytes: Uint8Array, host: string, port: number): Uint8Array {
    const message = decodeKrpc(bytes, FROM_LIBRARY);
    if (message.y === "q") this.#await(awaitedKey(message.t, host, port));
    if (message.y === "r") {
      const { r } = message;
      message.ip = encodeCompactPeers([{ host, port }], 4);
      if (r.nodes !== undefined) r.nodes = r.nodes.subarray(0, MAX_NODES_TOLD * COMPACT_NODE_BYTES);
      if (r.values !== undefined) r.values = r.values.slice(0, MAX_PEERS_TOLD);
      const infoHash = this.#answering?.a.info_hash;
      if (r.token !== undefined && infoHash !== undefined)
        r.token = Buffer.concat([r.token, this.#tag(infoHash, host)]);
    }
    return encodeKrpc(message);
  }

  #await(key: string): void {
    this.#awaited.add(key);
    if (this.#awaited.size > MAX_AWAITED) this.#awaited.delete(this.#awaited.keys().next().value!);
  }

  /**
   * The library's token lets its holder announce any torrent, as BEP 5 has it. With the tag behind it, it is good for
   * the one that was asked for. @returns whether the query may pass.
   */
  #takeTag({ a }: Query, host: string): boolean {
    if (a.token === undefined || a.info_hash === undefined) return true;
    const end = Math.max(0, a.token.length - TAG_BYTES);
    const isOurs = this.#tag(a.info_hash, host).equals(a.token.subarray(end));
    a.token = a.token.subarray(0, end);
    return isOurs;
  }

  #tag(infoHash: Uint8Array, host: string): Buffer {
    return createHmac("sha256", this.#secret).update(infoHash).update(host).digest().subarray(0, TAG_BYTES);
  }

  #checkAnswer({ r, ip }: Answer, host: string): void {
    r.values = r.values?.filter((peer) => isPlausibleAt(peer, host)).slice(0, MAX_PEERS_HEARD) ?? [];
    if (r.nodes !== undefined) r.nodes = plausibleNodes(r.nodes, host);
    // BEP 42: nobody announces at a node that has picked its place.
    if (!mayHaveNodeId(addressToBytes(host)!, r.id)) delete r.token;
    if (ip !== undefined) this.#vote(host, decodeCompactPeers(ip, 4)[0]!.host);
  }

  #vote(voter: string, external: string): void {
    this.#votes.delete(voter);
    this.#votes.set(voter, external);
    if (this.#votes.size > MAX_VOTES) this.#votes.delete(this.#votes.keys().next().value!);
    const votes = [...this.#votes.values()].filter((one) => one === external).length;
    if (external === this.#externalHost || votes < VOTES_NEEDED || votes <= this.#votes.size / 2) return;
    this.#externalHost = external;
    this.#onExternalHost(external);
  }
}

function awaitedKey(transaction: Uint8Array, host: string, port: number): string {
  return `${hexOf(transaction)} ${host} ${port}`;
}

function plausibleNodes(nodes: Uint8Array, teller: string): Uint8Array {
  const kept: Uint8Array[] = [];
  for (let at = 0; at < nodes.length && kept.length < MAX_NODES_HEARD; at += COMPACT_NODE_BYTES) {
    const node = nodes.subarray(at, at + COMPACT_NODE_BYTES);
    if (isPlausibleAt(node.subarray(NODE_ID_BYTES), teller)) kept.push(node);
  }
  return Buffer.concat(kept);
}

/** @param compact six bytes. */
function isPlausibleAt(compact: Uint8Array, teller: string): boolean {
  // 0.0.0.0/8 is nobody's (RFC 1122, 3.2.1.3).
  return compact[0] !== 0 && isPlausible(decodeCompactPeers(compact, 4)[0]!, teller);
}
