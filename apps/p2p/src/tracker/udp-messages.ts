// The datagrams of BEP 15, both ways: a handshake that proves the sender's address, announce, scrape. Sends none of them.
import { ProtocolError } from "@socketlab/core/browser";
import { decodeCompactPeers, encodeCompactPeers } from "../engine/compact-peers.ts";
import {
  sentence,
  type AnnounceEvent,
  type AnnounceReply,
  type AnnounceRequest,
  type ScrapeCounts,
} from "./messages.ts";

/** Begins a conversation in place of a connection id: a number that nobody says by accident. */
export const CONNECT_ID = 0x417_2710_1980n;
/** More do not fit into a datagram that surely arrives in one piece. */
export const MAX_SCRAPED = 74;

const HEADER_BYTES = 16;
const HASH_BYTES = 20;
const ANNOUNCE_BYTES = 98;
const COUNTS_BYTES = 12;
/** Of an announce's answer, before the peers. */
const INTERVAL_BYTES = 20;
const MAX_PEERS = 1000;

const [CONNECT, ANNOUNCE, SCRAPE, ERROR] = [0, 1, 2, 3];
/** Their number is their place. BEP 15 has the first four; BEP 21's is the fifth, as libtorrent sends it. */
const events: readonly (AnnounceEvent | undefined)[] = [
  undefined,
  "completed",
  "started",
  "stopped",
  "paused",
];
/** BEP 41: what follows an announce; here, the path and query of the tracker's URL. */
const [END_OF_OPTIONS, URL_DATA] = [0, 2];

interface Header {
  /** Chosen by who asks; the answer bears it, too. */
  readonly transactionId: number;
}

export type UdpRequest = Header &
  (
    | { readonly action: "connect" }
    | { readonly action: "announce"; readonly connectionId: bigint; readonly announce: AnnounceRequest }
    | { readonly action: "scrape"; readonly connectionId: bigint; readonly infoHashes: readonly Uint8Array[] }
  );

export type UdpReply = Header &
  (
    | { readonly action: "connect"; readonly connectionId: bigint }
    | { readonly action: "announce"; readonly reply: AnnounceReply }
    | { readonly action: "scrape"; readonly counts: readonly ScrapeCounts[] }
    | { readonly action: "error"; readonly message: string }
  );

/** @param urlData the tracker's path and query, for a tracker that has several things at one port. */
export function encodeUdpRequest(request: UdpRequest, urlData = ""): Uint8Array {
  if (request.action === "connect") return header(HEADER_BYTES, CONNECT_ID, CONNECT, request).bytes;
  if (request.action === "scrape") {
    const { infoHashes, connectionId } = request;
    const { bytes } = header(HEADER_BYTES + HASH_BYTES * infoHashes.length, connectionId, SCRAPE, request);
    for (const [at, hash] of infoHashes.entries()) bytes.set(hash, HEADER_BYTES + HASH_BYTES * at);
    return bytes;
  }
  const { announce, connectionId } = request;
  const options = optionsOf(urlData);
  const { bytes, view } = header(ANNOUNCE_BYTES + options.length, connectionId, ANNOUNCE, request);
  bytes.set(announce.infoHash, 16);
  bytes.set(announce.peerId, 36);
  view.setBigUint64(56, BigInt(announce.downloaded));
  view.setBigUint64(64, BigInt(announce.left));
  view.setBigUint64(72, BigInt(announce.uploaded));
  view.setUint32(80, events.indexOf(announce.event));
  // At 84 there is room for an address to be announced in place of one's own: never used, so 0.
  view.setUint32(88, announce.key ?? 0);
  view.setInt32(92, announce.numWant ?? -1);
  view.setUint16(96, announce.port);
  bytes.set(options, ANNOUNCE_BYTES);
  return bytes;
}

/** @throws ProtocolError `bad-datagram`. What follows a request that is whole is not looked at: options, or the future. */
export function decodeUdpRequest(bytes: Uint8Array): UdpRequest {
  const view = viewOf(bytes, HEADER_BYTES);
  const connectionId = view.getBigUint64(0);
  const action = view.getUint32(8);
  const transactionId = view.getUint32(12);
  if (action === CONNECT) {
    if (connectionId !== CONNECT_ID) throw bad("it would connect, and does not begin as that does");
    return { action: "connect", transactionId };
  }
  if (action === SCRAPE) {
    const count = Math.min(MAX_SCRAPED, Math.floor((bytes.length - HEADER_BYTES) / HASH_BYTES));
    const infoHashes = Array.from({ length: count }, (_, at) => {
      const from = HEADER_BYTES + HASH_BYTES * at;
      return bytes.slice(from, from + HASH_BYTES);
    });
    return { action: "scrape", transactionId, connectionId, infoHashes };
  }
  if (action !== ANNOUNCE) throw bad(`it asks for action ${action}, which there is not`);
  viewOf(bytes, ANNOUNCE_BYTES);
  const event = view.getUint32(80);
  if (event >= events.length) throw bad(`it announces event ${event}, which there is not`);
  const numWant = view.getInt32(92);
  const announce: AnnounceRequest = {
    infoHash: bytes.slice(16, 36),
    peerId: bytes.slice(36, 56),
    downloaded: clamped(view.getBigUint64(56)),
    left: clamped(view.getBigUint64(64)),
    uploaded: clamped(view.getBigUint64(72)),
    event: events[event],
    key: view.getUint32(88),
    numWant: numWant < 0 ? undefined : numWant,
    port: view.getUint16(96),
  };
  return { action: "announce", transactionId, connectionId, announce };
}

/** @param family of the socket: it says how long an address is. */
export function encodeUdpReply(reply: UdpReply, family: 4 | 6): Uint8Array {
  switch (reply.action) {
    case "connect": {
      const { bytes, view } = replyHeader(HEADER_BYTES, CONNECT, reply);
      view.setBigUint64(8, reply.connectionId);
      return bytes;
    }
    case "announce": {
      const { intervalMs, leechers = 0, seeds = 0, peers } = reply.reply;
      const compact = encodeCompactPeers(peers, family);
      const { bytes, view } = replyHeader(INTERVAL_BYTES + compact.length, ANNOUNCE, reply);
      view.setUint32(8, Math.round(intervalMs / 1000));
      view.setUint32(12, leechers);
      view.setUint32(16, seeds);
      bytes.set(compact, INTERVAL_BYTES);
      return bytes;
    }
    case "scrape": {
      const { bytes, view } = replyHeader(8 + COUNTS_BYTES * reply.counts.length, SCRAPE, reply);
      for (const [at, { seeds, completed, leechers }] of reply.counts.entries())
        for (const [field, count] of [seeds, completed, leechers].entries())
          view.setUint32(8 + COUNTS_BYTES * at + 4 * field, count);
      return bytes;
    }
    case "error": {
      const text = new TextEncoder().encode(reply.message);
      const { bytes } = replyHeader(8 + text.length, ERROR, reply);
      bytes.set(text, 8);
      return bytes;
    }
  }
}

/** @throws ProtocolError `bad-datagram`, `bad-peers`. */
export function decodeUdpReply(bytes: Uint8Array, family: 4 | 6): UdpReply {
  const view = viewOf(bytes, 8);
  const action = view.getUint32(0);
  const transactionId = view.getUint32(4);
  switch (action) {
    case CONNECT:
      viewOf(bytes, HEADER_BYTES);
      return { action: "connect", transactionId, connectionId: view.getBigUint64(8) };
    case ANNOUNCE: {
      viewOf(bytes, INTERVAL_BYTES);
      const reply = {
        intervalMs: 1000 * view.getUint32(8),
        leechers: view.getUint32(12),
        seeds: view.getUint32(16),
        peers: decodeCompactPeers(bytes.subarray(INTERVAL_BYTES), family, MAX_PEERS),
      };
      return { action: "announce", transactionId, reply };
    }
    case SCRAPE: {
      const count = Math.floor((bytes.length - 8) / COUNTS_BYTES);
      const counts = Array.from({ length: count }, (_, at) => {
        const [seeds, completed, leechers] = [0, 4, 8].map((field) =>
          view.getUint32(8 + COUNTS_BYTES * at + field),
        ) as [number, number, number];
        return { seeds, completed, leechers };
      });
      return { action: "scrape", transactionId, counts };
    }
    case ERROR:
      return {
        action: "error",
        transactionId,
        message: sentence(new TextDecoder().decode(bytes.subarray(8, 1024))),
      };
    default:
      throw bad(`it answers with action ${action}, which there is not`);
  }
}

interface Datagram {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

function header(length: number, connectionId: bigint, action: number, { transactionId }: Header): Datagram {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, connectionId);
  view.setUint32(8, action);
  view.setUint32(12, transactionId);
  return { bytes, view };
}

function replyHeader(length: number, action: number, { transactionId }: Header): Datagram {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, action);
  view.setUint32(4, transactionId);
  return { bytes, view };
}

/** An option has 255 bytes at most: what is longer comes in several. */
function optionsOf(urlData: string): Uint8Array {
  if (urlData === "") return new Uint8Array(0);
  const text = new TextEncoder().encode(urlData);
  const options: number[] = [];
  for (let at = 0; at < text.length; at += 255) {
    const part = text.subarray(at, at + 255);
    options.push(URL_DATA, part.length, ...part);
  }
  return Uint8Array.from([...options, END_OF_OPTIONS]);
}

function viewOf(bytes: Uint8Array, least: number): DataView {
  if (bytes.length < least) throw bad(`it has ${bytes.length} bytes, and needs ${least}`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Some say 2⁶⁴ − 1 for "I do not know". */
function clamped(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

function bad(why: string): ProtocolError {
  return new ProtocolError("bad-datagram", `a tracker's datagram: ${why}`);
}
