// A tracker over UDP (BEP 15): datagram in, datagram out. A sender's address may be forged, so whoever has not proved its own
// is never sent more than came. Keeps nothing of anybody; opens no socket.
import { ProtocolError } from "@socketlab/core";
import { decodeUdpRequest, encodeUdpReply, type UdpReply, type UdpRequest } from "../udp-messages.ts";
import type { ScrapeCounts } from "../messages.ts";
import type { ConnectionIds } from "./connection-ids.ts";
import { StoreError } from "./store.ts";
import { familyOf } from "../../engine/compact-peers.ts";
import { familiesOverUdp, type Tracker } from "./tracker.ts";

/** So that an answer goes in one piece over any path: 1,280 bytes are carried everywhere (RFC 8200, 5). */
const MAX_PEERS = { 4: 200, 6: 66 } as const;
const unknown: ScrapeCounts = { seeds: 0, leechers: 0, completed: 0 };

export class UdpDoor {
  /** Datagrams that were not answered: they make no sense, or their sender has proved nothing. */
  ignored = 0;
  readonly #tracker: Tracker;
  readonly #ids: ConnectionIds;

  constructor(tracker: Tracker, ids: ConnectionIds) {
    this.#tracker = tracker;
    this.#ids = ids;
  }

  /** @returns undefined: there is nothing to say to that. */
  async answer(host: string, datagram: Uint8Array): Promise<Uint8Array | undefined> {
    let request: UdpRequest;
    try {
      request = decodeUdpRequest(datagram);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.ignored++;
      return undefined;
    }
    const reply = encodeUdpReply(await this.#reply(host, request), familyOf(host));
    const hasProved = request.action !== "connect" && this.#ids.isValid(host, request.connectionId);
    if (hasProved || reply.length <= datagram.length) return reply;
    this.ignored++;
    return undefined;
  }

  async #reply(host: string, request: UdpRequest): Promise<UdpReply> {
    const { transactionId } = request;
    if (request.action === "connect")
      return { action: "connect", transactionId, connectionId: this.#ids.give(host) };
    // Said, and not only thought: a client that remembers an id from before a restart connects anew at once.
    if (!this.#ids.isValid(host, request.connectionId))
      return { action: "error", transactionId, message: "connect again" };
    try {
      if (request.action === "announce") {
        const asker = { host, families: familiesOverUdp(host), maxPeers: MAX_PEERS[familyOf(host)] };
        if (request.announce.port === 0 && request.announce.event !== "stopped")
          throw new ProtocolError("bad-datagram", "port 0: where do others reach you?");
        return {
          action: "announce",
          transactionId,
          reply: await this.#tracker.announce(asker, request.announce),
        };
      }
      const counts: ScrapeCounts[] = [];
      for (const infoHash of request.infoHashes)
        counts.push((await this.#tracker.scrape(infoHash)) ?? unknown);
      return { action: "scrape", transactionId, counts };
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof ProtocolError)) throw error;
      this.#tracker.asked.refused++;
      return { action: "error", transactionId, message: error.message };
    }
  }
}
