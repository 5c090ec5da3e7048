// What a peer asks a tracker over HTTP: the queries of BEP 3, 7, 21, 23 and 48, both ways. Sends none of them.
import { ProtocolError, UsageError } from "@socketlab/core/browser";
import type { AnnounceEvent, AnnounceRequest } from "./messages.ts";
import { decodeQuery, encodeQuery, escapeBytes, latin1Bytes } from "./query.ts";

const HASH_BYTES = 20;
const events: ReadonlySet<string> = new Set<AnnounceEvent>(["started", "completed", "stopped", "paused"]);
/** More than that is no request of somebody who shares files. */
const MAX_QUERY_LENGTH = 8192;

/** The URL to ask. What the tracker's own has in its query stays there: it may be what lets us in. */
export function announceUrl(tracker: string, request: AnnounceRequest): string {
  const { infoHash, peerId, port, uploaded, downloaded, left, event, numWant, key, trackerId } = request;
  return withQuery(
    tracker,
    encodeQuery({
      info_hash: infoHash,
      peer_id: peerId,
      port,
      uploaded,
      downloaded,
      left,
      event,
      numwant: numWant,
      key: key?.toString(16).toUpperCase().padStart(8, "0"),
      trackerid: trackerId,
      compact: 1,
      no_peer_id: 1,
    }),
  );
}

/**
 * BEP 48: the last part of the path says `announce`, and `scrape` takes its place.
 * @throws UsageError `no-scrape` where it says something else: such a tracker cannot be asked.
 */
export function scrapeUrl(tracker: string, infoHashes: readonly Uint8Array[]): string {
  const [path = "", ...query] = tracker.split("?");
  const at = path.lastIndexOf("/") + 1;
  if (!path.startsWith("announce", at))
    throw new UsageError(
      "no-scrape",
      `${path} cannot be asked what it has: only trackers whose path ends in /announce can (BEP 48)`,
    );
  const scrape = [`${path.slice(0, at)}scrape${path.slice(at + "announce".length)}`, ...query].join("?");
  return withQuery(scrape, infoHashes.map((hash) => `info_hash=${escapeBytes(hash)}`).join("&"));
}

function withQuery(url: string, query: string): string {
  const [bare = ""] = url.split("#", 1);
  if (query === "") return bare;
  return `${bare}${bare.includes("?") ? (/[?&]$/.test(bare) ? "" : "&") : "?"}${query}`;
}

export interface HttpAnnounce {
  readonly request: AnnounceRequest;
  /** What form the list of peers is to have. */
  readonly compact: boolean;
  readonly noPeerId: boolean;
}

/**
 * Reads what follows the question mark. `ip`, `ipv4` and `ipv6` are not looked at: with them anybody could send a swarm to a
 * victim's door.
 * @throws ProtocolError `bad-query`, which says what is wrong.
 */
export function decodeAnnounceQuery(query: string): HttpAnnounce {
  const parameters = readQuery(query);
  const text = (name: string): string | undefined => parameters.get(name)?.at(-1);
  const count = (name: string): number | undefined => readCount(name, text(name));
  const event = text("event") ?? "";
  const port = count("port") ?? 0;
  // Whoever leaves need not be reached: Transmission says 0 then.
  if ((port === 0 && event !== "stopped") || port > 65_535)
    throw bad("port is missing, or none from 1 to 65535: where do others reach you?");
  const key = text("key");
  const trackerId = text("trackerid");
  const request: AnnounceRequest = {
    infoHash: readHash("info_hash", text("info_hash")),
    peerId: readHash("peer_id", text("peer_id")),
    port,
    uploaded: count("uploaded") ?? 0,
    downloaded: count("downloaded") ?? 0,
    // Who does not say has probably not got all of it.
    left: count("left") ?? Number.MAX_SAFE_INTEGER,
    // BEP 3: `empty` is as good as none; and so is a word that nobody knows yet.
    event: events.has(event) ? (event as AnnounceEvent) : undefined,
    numWant: readNumWant(text("numwant")),
    key: key === undefined ? undefined : readKey(key),
    trackerId: trackerId === undefined ? undefined : latin1Bytes(trackerId),
  };
  return { request, compact: text("compact") !== "0", noPeerId: text("no_peer_id") === "1" };
}

/** @throws ProtocolError `bad-query`. */
export function decodeScrapeQuery(query: string): Uint8Array[] {
  return (readQuery(query).get("info_hash") ?? []).map((hash) => readHash("info_hash", hash));
}

function readQuery(query: string): Map<string, string[]> {
  if (query.length > MAX_QUERY_LENGTH) throw bad(`the query has more than ${MAX_QUERY_LENGTH} characters`);
  return decodeQuery(query);
}

function readHash(name: string, text: string | undefined): Uint8Array {
  if (text === undefined) throw bad(`${name} is missing`);
  if (text.length !== HASH_BYTES)
    throw bad(
      `${name} has ${text.length} bytes, not ${HASH_BYTES}: it is ${HASH_BYTES} bytes, percent-encoded`,
    );
  return latin1Bytes(text);
}

function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,20}$/.test(text)) throw bad(`${name} is no whole number from 0`);
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** Some say -1 for "as you think best". */
function readNumWant(text: string | undefined): number | undefined {
  if (text !== undefined && /^-\d{1,20}$/.test(text)) return undefined;
  return readCount("numwant", text);
}

/** A client may say whatever it likes; what is not in hexadecimal is made a number by FNV-1a. */
function readKey(text: string): number {
  if (/^[\da-f]{1,8}$/i.test(text)) return Number.parseInt(text, 16);
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

function bad(why: string): ProtocolError {
  return new ProtocolError("bad-query", why);
}
