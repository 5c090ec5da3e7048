// What a tracker answers over HTTP: bencoded dictionaries (BEP 3, 7, 21, 23, 24, 48), both ways. Sends none of them.
import { addressFromBytes, addressToBytes, canonicalHost, ProtocolError } from "@socketlab/core/browser";
import { decode } from "../bencode/decode.ts";
import { encode, type Encodable } from "../bencode/encode.ts";
import {
  bytesAt,
  dictionaryAt,
  integerAt,
  isDictionary,
  listAt,
  textAt,
  textOf,
  type Dictionary,
} from "../bencode/value.ts";
import { decodeCompactPeers, encodeCompactPeers } from "../engine/compact-peers.ts";
import {
  sentence,
  TrackerError,
  type AnnouncedPeer,
  type AnnounceReply,
  type ScrapeCounts,
} from "./messages.ts";
import { latin1Text } from "./query.ts";

const MAX_PEERS = 1000;
const PEER_ID_BYTES = 20;

/** @param form as the peer has asked for it. */
export function encodeAnnounceReply(
  reply: AnnounceReply,
  form: { readonly compact: boolean; readonly noPeerId: boolean },
): Uint8Array {
  const { peers, trackerId, warning, externalHost = "" } = reply;
  const ipv6 = encodeCompactPeers(peers, 6);
  return encode({
    interval: seconds(reply.intervalMs),
    "min interval": reply.minIntervalMs === undefined ? undefined : seconds(reply.minIntervalMs),
    complete: reply.seeds,
    incomplete: reply.leechers,
    "tracker id": trackerId,
    "warning message": warning,
    "external ip": addressToBytes(externalHost),
    peers: form.compact
      ? encodeCompactPeers(peers, 4)
      : peers.map((peer) => peerDictionary(peer, form.noPeerId)),
    peers6: form.compact && ipv6.length > 0 ? ipv6 : undefined,
  });
}

function peerDictionary({ host, port, peerId }: AnnouncedPeer, noPeerId: boolean): Encodable {
  return { ip: host, port, "peer id": noPeerId ? undefined : peerId };
}

/** @throws TrackerError what the tracker says against it. ProtocolError `bad-bencode`, `bad-reply`, `bad-peers`. */
export function decodeAnnounceReply(bytes: Uint8Array): AnnounceReply {
  const reply = readReply(bytes);
  const intervalSeconds = integerAt(reply, "interval");
  if (intervalSeconds === undefined || intervalSeconds < 0)
    throw new ProtocolError("bad-reply", "the tracker's answer does not say when to come again (interval)");
  const minSeconds = integerAt(reply, "min interval");
  const warning = textAt(reply, "warning message");
  const externalHost = bytesAt(reply, "external ip");
  return {
    intervalMs: intervalSeconds * 1000,
    minIntervalMs: minSeconds === undefined || minSeconds < 0 ? undefined : minSeconds * 1000,
    seeds: countAt(reply, "complete"),
    leechers: countAt(reply, "incomplete"),
    peers: readPeers(reply),
    trackerId: bytesAt(reply, "tracker id"),
    warning: warning === undefined ? undefined : sentence(warning),
    externalHost: externalHost && addressFromBytes(externalHost),
  };
}

function readPeers(reply: Dictionary): AnnouncedPeer[] {
  const value = reply.get("peers");
  const ipv4 =
    value instanceof Uint8Array
      ? decodeCompactPeers(value, 4, MAX_PEERS)
      : (listAt(reply, "peers") ?? []).slice(0, MAX_PEERS).map((peer) => {
          if (!isDictionary(peer))
            throw new ProtocolError("bad-peers", "the list of peers has something else in it");
          return readPeer(peer);
        });
  const ipv6 = bytesAt(reply, "peers6");
  return ipv6 === undefined ? ipv4 : [...ipv4, ...decodeCompactPeers(ipv6, 6, MAX_PEERS)];
}

function readPeer(peer: Dictionary): AnnouncedPeer {
  const host = textAt(peer, "ip");
  const port = integerAt(peer, "port");
  if (host === undefined || port === undefined)
    throw new ProtocolError("bad-peers", "a peer has no ip, or no port");
  const peerId = bytesAt(peer, "peer id");
  return { host: canonicalHost(host), port, ...(peerId?.length === PEER_ID_BYTES && { peerId }) };
}

/** @param counts by info-hash, of those that the tracker knows. */
export function encodeScrapeReply(counts: readonly (readonly [Uint8Array, ScrapeCounts])[]): Uint8Array {
  const files = counts.map(([infoHash, { seeds, leechers, completed, downloaders }]): [string, Encodable] => [
    latin1Text(infoHash),
    { complete: seeds, incomplete: leechers, downloaded: completed, downloaders },
  ]);
  return encode({ files: new Map(files) });
}

/** @returns by info-hash, in hexadecimal. @throws as `decodeAnnounceReply`. */
export function decodeScrapeReply(bytes: Uint8Array): Map<string, ScrapeCounts> {
  const files = dictionaryAt(readReply(bytes), "files");
  if (files === undefined)
    throw new ProtocolError("bad-reply", "the tracker's answer does not say what it has (files)");
  const counts = new Map<string, ScrapeCounts>();
  for (const [infoHash, file] of files) {
    if (!isDictionary(file))
      throw new ProtocolError("bad-reply", "the tracker's answer has something else among its files");
    counts.set(Buffer.from(infoHash, "latin1").toString("hex"), {
      seeds: countAt(file, "complete") ?? 0,
      leechers: countAt(file, "incomplete") ?? 0,
      completed: countAt(file, "downloaded") ?? 0,
      downloaders: countAt(file, "downloaders"),
    });
  }
  return counts;
}

/** HTTP's status stays 200: who asks reads the dictionary and nothing else. */
export function encodeFailure(reason: string): Uint8Array {
  return encode({ "failure reason": reason });
}

function readReply(bytes: Uint8Array): Dictionary {
  const reply = decode(bytes, { maxDepth: 8, maxTokens: 20_000, unsortedKeys: true });
  if (!isDictionary(reply)) throw new ProtocolError("bad-reply", "the tracker's answer is no dictionary");
  const failure = reply.get("failure reason");
  if (failure !== undefined)
    throw new TrackerError(
      failure instanceof Uint8Array ? sentence(textOf(failure)) : "it does not say why it refuses",
    );
  return reply;
}

function countAt(dictionary: Dictionary, key: string): number | undefined {
  const count = integerAt(dictionary, key);
  return count === undefined ? undefined : Math.max(0, count);
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
