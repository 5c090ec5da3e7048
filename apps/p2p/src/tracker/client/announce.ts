// Announces a peer to one tracker, once; or asks it what it has. Does not know when to.
import { ProtocolError, UsageError } from "@socketlab/core";
import { decodeAnnounceReply, decodeScrapeReply } from "../http-replies.ts";
import { announceUrl, scrapeUrl } from "../http-requests.ts";
import type { AnnounceReply, AnnounceRequest, ScrapeCounts } from "../messages.ts";
import { MAX_SCRAPED } from "../udp-messages.ts";
import { hexOf } from "../../hex.ts";
import { MAX_PEERS, type AskOptions } from "./ask-options.ts";
import { askHttp } from "./http-tracker.ts";
import { plausiblePeers } from "./plausible-peers.ts";
import { askUdp } from "./udp-tracker.ts";

/**
 * @param url of the tracker: http://, https:// or udp://.
 * @returns its answer; of the peers, those that could be.
 * @throws TrackerError: it says no. UsageError `bad-tracker`: we cannot ask such a one. ProtocolError, LimitError: what it answers
 * is none. ClosedError, TimeoutError: nobody answers.
 */
export async function announce(
  url: string,
  request: AnnounceRequest,
  options: AskOptions = {},
): Promise<AnnounceReply> {
  const tracker = parseTracker(url);
  const { reply, remoteHost } =
    tracker.protocol === "udp:"
      ? await announceUdp(tracker, request, options)
      : await askHttp(announceUrl(url, request), decodeAnnounceReply, options);
  const { maxPeers = MAX_PEERS } = options;
  return { ...reply, peers: plausiblePeers(reply.peers, remoteHost, maxPeers) };
}

async function announceUdp(
  tracker: URL,
  request: AnnounceRequest,
  options: AskOptions,
): Promise<{ reply: AnnounceReply; remoteHost: string }> {
  const { reply, remoteHost } = await askUdp(
    tracker,
    (connectionId, transactionId) => ({
      action: "announce",
      connectionId,
      transactionId,
      announce: request,
    }),
    options,
  );
  if (reply.action !== "announce")
    throw new ProtocolError("bad-datagram", "the tracker answers something else");
  return { reply: reply.reply, remoteHost };
}

/**
 * @param infoHashes at most 74.
 * @returns for each, in the same order; undefined: the tracker does not know it.
 * @throws as `announce`; UsageError `no-scrape` where the URL leaves no way to ask.
 */
export async function scrape(
  url: string,
  infoHashes: readonly Uint8Array[],
  options: AskOptions = {},
): Promise<(ScrapeCounts | undefined)[]> {
  if (infoHashes.length === 0 || infoHashes.length > MAX_SCRAPED)
    throw new UsageError("bad-argument", `ask about 1 to ${MAX_SCRAPED} torrents at a time`);
  const tracker = parseTracker(url);
  if (tracker.protocol === "udp:") {
    const { reply } = await askUdp(
      tracker,
      (connectionId, transactionId) => ({ action: "scrape", connectionId, transactionId, infoHashes }),
      options,
    );
    const counts = reply.action === "scrape" ? reply.counts : [];
    return infoHashes.map((_, at) => counts[at]);
  }
  const { reply } = await askHttp(scrapeUrl(url, infoHashes), decodeScrapeReply, options);
  return infoHashes.map((infoHash) => reply.get(hexOf(infoHash)));
}

function parseTracker(url: string): URL {
  const tracker = URL.canParse(url) ? new URL(url) : undefined;
  if (tracker !== undefined && ["http:", "https:", "udp:"].includes(tracker.protocol)) return tracker;
  throw new UsageError(
    "bad-tracker",
    `${JSON.stringify(url)} is no tracker that can be asked: there are http://, https:// and udp:// ones`,
  );
}
