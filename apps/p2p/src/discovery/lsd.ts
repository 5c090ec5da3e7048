// Peers on the same network, found by calling out to all who listen there (BEP 14). Knows no torrent but by its hash.
import { randomBytes } from "node:crypto";
import { every, isIpv4, LimitError, realClock, TokenBucket, type Clock, type Timer } from "@socketlab/core";
import { openDatagrams } from "@socketlab/core/datagrams";
import { hexOf } from "../hex.ts";
import { MAX_TORRENTS, type Discovery } from "./discovery.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import { decodeLsd, encodeLsd, MAX_HASHES, type LsdMessage } from "./lsd-message.ts";

const IPV4_GROUP = "239.192.152.143";
const IPV6_GROUP = "ff15::efc0:988f";
const PORT = 6771;
const ANNOUNCE_MS = 5 * 60_000;
/** BEP 14: no torrent more often than that. */
const PAUSE_MS = 60_000;
/** A network of 1000 peers with a torrent each says three things a second. */
const HEARD = { perSecond: 100, burst: 200 };

export interface LsdOptions {
  /** The address of the interface whose network is meant; 0.0.0.0 or :: leaves that to the operating system. */
  readonly host: string;
  readonly clock?: Clock;
}

/** @throws ClosedError `unreachable`, UsageError `no-such-address`: nobody could hear. */
export async function openLsd({ host, clock = realClock }: LsdOptions): Promise<Discovery> {
  const group = isIpv4(host) ? IPV4_GROUP : IPV6_GROUP;
  const cookie = randomBytes(8).toString("hex");
  const heard = new TokenBucket(HEARD);
  const announced = new Map<string, { infoHash: Uint8Array; port: number; saidMs: number }>();
  const callbacks = new Set<(infoHash: Uint8Array, peer: PeerAddress) => void>();
  const datagrams = await openDatagrams({ host, port: PORT, group, onDatagram: receive });
  const timer = every(clock, ANNOUNCE_MS, sayAll);
  let soon: Timer | undefined;
  let isClosed = false;

  function receive(bytes: Uint8Array, from: string): void {
    if (heard.take(performance.now()) > 0) return;
    let message: LsdMessage;
    try {
      message = decodeLsd(bytes);
    } catch {
      return;
    }
    if (message.cookie === cookie) return;
    for (const infoHash of message.infoHashes) {
      if (!announced.has(hexOf(infoHash))) continue;
      for (const callback of callbacks) callback(infoHash, { host: from, port: message.port });
      // Whoever cannot be dialled hears where it can dial.
      saySoon();
    }
  }

  /** What is announced within a tick goes in one datagram. */
  function saySoon(): void {
    soon ??= clock.after(0, sayAll);
  }

  function sayAll(): void {
    soon?.clear();
    soon = undefined;
    const nowMs = clock.now();
    const due = [...announced.values()].filter(({ saidMs }) => nowMs - saidMs >= PAUSE_MS);
    for (const [port, torrents] of Map.groupBy(due, (torrent) => torrent.port)) {
      for (const torrent of torrents) torrent.saidMs = nowMs;
      const infoHashes = torrents.map(({ infoHash }) => infoHash);
      while (infoHashes.length > 0) say({ port, infoHashes: infoHashes.splice(0, MAX_HASHES), cookie });
    }
  }

  function say(message: LsdMessage): void {
    const written = group === IPV4_GROUP ? group : `[${group}]`;
    datagrams.send(encodeLsd(message, `${written}:${PORT}`), group, PORT);
  }

  return {
    announce(infoHash, port, signal) {
      if (isClosed || signal?.aborted) return;
      const key = hexOf(infoHash);
      if (!announced.has(key) && announced.size >= MAX_TORRENTS)
        throw new LimitError("too-many-torrents", `${MAX_TORRENTS} torrents at most are called out`);
      const torrent = { infoHash, port, saidMs: announced.get(key)?.saidMs ?? -Infinity };
      announced.set(key, torrent);
      signal?.addEventListener("abort", () => announced.get(key) === torrent && announced.delete(key), {
        once: true,
      });
      saySoon();
    },
    // There is no asking: to be heard makes others speak.
    lookup() {
      if (!isClosed) saySoon();
      return Promise.resolve();
    },
    onPeer(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    close() {
      isClosed = true;
      timer.clear();
      soon?.clear();
      announced.clear();
      return datagrams.close();
    },
  };
}
