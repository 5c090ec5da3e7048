// A tracker over HTTP: /announce, /scrape, and for people / and /stats. Knows no swarm.
import { canonicalHost, ProtocolError } from "@socketlab/core";
import type { HttpHandler } from "@socketlab/core/server-kit";
import { encodeAnnounceReply, encodeFailure, encodeScrapeReply } from "../http-replies.ts";
import { decodeAnnounceQuery, decodeScrapeQuery } from "../http-requests.ts";
import type { ScrapeCounts } from "../messages.ts";
import { StoreError } from "./store.ts";
import type { Tracker } from "./tracker.ts";

const MAX_SCRAPED = 100;

type Response = Parameters<HttpHandler>[1];

/** Answers all that is asked with GET. */
export function trackerHttp(tracker: Tracker, about: string): HttpHandler {
  return async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    const [path, query] = mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark + 1)];
    const host = canonicalHost(request.socket.remoteAddress ?? "");
    switch (path) {
      case "/announce":
        await answer(tracker, response, () => announce(tracker, host, query));
        return true;
      case "/scrape":
        await answer(tracker, response, () => scrape(tracker, query));
        return true;
      case "/stats":
        send(response, 200, "application/json", `${JSON.stringify({ ...tracker.size, ...tracker.asked })}\n`);
        return true;
      case "/":
        send(response, 200, "text/plain; charset=utf-8", about);
        return true;
      default:
        send(
          response,
          404,
          "text/plain; charset=utf-8",
          "There are /announce, /scrape, /stats and /metrics.\n",
        );
        return true;
    }
  };
}

async function announce(tracker: Tracker, host: string, query: string): Promise<Uint8Array> {
  const { request, ...form } = decodeAnnounceQuery(query);
  return encodeAnnounceReply(await tracker.announce({ host, families: [4, 6] }, request), form);
}

async function scrape(tracker: Tracker, query: string): Promise<Uint8Array> {
  const infoHashes = decodeScrapeQuery(query);
  if (infoHashes.length === 0)
    throw new ProtocolError("bad-query", "name the torrents that you ask about: /scrape?info_hash=…");
  if (infoHashes.length > MAX_SCRAPED)
    throw new ProtocolError("bad-query", `ask about ${MAX_SCRAPED} torrents at a time, and no more`);
  const known: [Uint8Array, ScrapeCounts][] = [];
  for (const infoHash of infoHashes) {
    const counts = await tracker.scrape(infoHash);
    if (counts !== undefined) known.push([infoHash, counts]);
  }
  return encodeScrapeReply(known);
}

/** What peers are told of what is wrong: in the answer, with status 200, since clients look at nothing else (BEP 3). */
async function answer(tracker: Tracker, response: Response, make: () => Promise<Uint8Array>): Promise<void> {
  let body: Uint8Array;
  try {
    body = await make();
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof StoreError)) throw error;
    tracker.asked.refused++;
    body = encodeFailure(error.message);
  }
  send(response, 200, "text/plain", body);
}

function send(response: Response, status: number, type: string, body: Uint8Array | string): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
  });
  response.end(body);
}
