// Visits a tracker over HTTP (BEP 3, 23, 48). Checks nothing.
import { readDictionary, type Bencoded } from "./bencode.ts";
import type { Counts, Told, Visitor } from "./visitor.ts";

/** Every byte percent-encoded: always right. */
export function escaped(bytes: Buffer): string {
  return bytes.toString("hex").replaceAll(/../g, "%$&");
}

export async function get(url: string, timeoutMs: number): Promise<Buffer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  return Buffer.from(await answer.arrayBuffer());
}

/** The tracker's URL with more in its query. */
export function withQuery(url: string, query: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}${query}`;
}

export function httpVisitor(url: string, timeoutMs: number): Visitor {
  return {
    announce: async ({
      infoHash,
      peerId,
      port,
      left = 100,
      event,
      numWant,
      claimedIp,
      key,
    }): Promise<Told> => {
      const query = [
        `info_hash=${escaped(infoHash)}&peer_id=${escaped(peerId)}&port=${port}&uploaded=0&downloaded=0&left=${left}`,
        "compact=1",
        ...(event === undefined ? [] : [`event=${event}`]),
        ...(numWant === undefined ? [] : [`numwant=${numWant}`]),
        ...(claimedIp === undefined ? [] : [`ip=${claimedIp}`]),
        ...(key === undefined ? [] : [`key=${key.toString(16).padStart(8, "0")}`]),
      ].join("&");
      const reply = readDictionary(await get(withQuery(url, query), timeoutMs));
      if (reply.has("failure reason"))
        throw new Error(`failure reason: ${text(reply.get("failure reason"))}`);
      return {
        intervalSeconds: number(reply.get("interval")),
        seeds: number(reply.get("complete") ?? 0),
        leechers: number(reply.get("incomplete") ?? 0),
        peers: readPeers(reply.get("peers")),
      };
    },
    scrape: async (infoHash): Promise<Counts> => {
      const scrape = url.replace(/announce(?=[^/]*$)/u, "scrape");
      const reply = readDictionary(await get(withQuery(scrape, `info_hash=${escaped(infoHash)}`), timeoutMs));
      const files = reply.get("files");
      const file = files instanceof Map ? files.get(infoHash.toString("latin1")) : undefined;
      if (!(file instanceof Map)) return { seeds: 0, completed: 0, leechers: 0 };
      const [seeds, completed, leechers] = ["complete", "downloaded", "incomplete"].map((key) =>
        number(file.get(key)),
      );
      return { seeds: seeds!, completed: completed!, leechers: leechers! };
    },
  };
}

/** Six bytes each, or dictionaries: a tracker may answer with either (BEP 23). */
function readPeers(peers: Bencoded | undefined): string[] {
  if (Array.isArray(peers))
    return peers
      .map((peer) => (peer instanceof Map ? `${text(peer.get("ip"))}:${number(peer.get("port"))}` : "?"))
      .toSorted();
  return compactPeers(Buffer.from(text(peers), "latin1"));
}

export function compactPeers(bytes: Buffer): string[] {
  if (bytes.length % 6 !== 0) throw new Error(`peers have ${bytes.length} bytes, which is no multiple of 6`);
  return Array.from({ length: bytes.length / 6 }, (_, at) => {
    const peer = bytes.subarray(6 * at, 6 * at + 6);
    return `${[...peer.subarray(0, 4)].join(".")}:${peer.readUInt16BE(4)}`;
  }).toSorted();
}

function number(value: Bencoded | undefined): number {
  if (typeof value !== "number") throw new Error(`${JSON.stringify(value)} where a number belongs`);
  return value;
}

function text(value: Bencoded | undefined): string {
  if (typeof value !== "string") throw new Error(`${JSON.stringify(value)} where a string belongs`);
  return value;
}
