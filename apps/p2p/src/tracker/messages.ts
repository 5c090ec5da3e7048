// What a peer and a tracker say to each other, whether over HTTP or over UDP. Knows neither.
import { SocketlabError } from "@socketlab/core/browser";
import type { PeerAddress } from "../engine/address-book.ts";

/** Paused (BEP 21): has all that it wants, and not all that there is. None: one of the regular ones in between. */
export type AnnounceEvent = "started" | "completed" | "stopped" | "paused";

/** "Here I am, for this torrent; who else is?" */
export interface AnnounceRequest {
  /** 20 bytes. */
  readonly infoHash: Uint8Array;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where others reach this peer. Its address is the one that it speaks from. */
  readonly port: number;
  /** Bytes, since `started`. */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes that are still to come; 0 makes a seed. */
  readonly left: number;
  readonly event?: AnnounceEvent | undefined;
  /** How many others to tell of; undefined: as the tracker thinks best. */
  readonly numWant?: number | undefined;
  /** 32 bits that nobody else knows: whoever says them is the same peer, wherever it speaks from. */
  readonly key?: number | undefined;
  /** What this tracker has asked to be told next time. HTTP only. */
  readonly trackerId?: Uint8Array | undefined;
}

/** Another peer of the torrent; its id is known where the tracker tells it. */
export interface AnnouncedPeer extends PeerAddress {
  readonly peerId?: Uint8Array | undefined;
}

export interface AnnounceReply {
  /** When to come again. */
  readonly intervalMs: number;
  /** Not sooner, whatever happens. */
  readonly minIntervalMs?: number | undefined;
  /** How many have all of it, and how many have not. */
  readonly seeds?: number | undefined;
  readonly leechers?: number | undefined;
  readonly peers: readonly AnnouncedPeer[];
  readonly trackerId?: Uint8Array | undefined;
  /** For people; it was answered all the same. */
  readonly warning?: string | undefined;
  /** BEP 24: the address that the tracker sees this peer speak from. */
  readonly externalHost?: string | undefined;
}

/** What a tracker tells of a torrent to whoever asks (BEP 48). */
export interface ScrapeCounts {
  readonly seeds: number;
  readonly leechers: number;
  /** How many have ever come to have all of it. */
  readonly completed: number;
  /** BEP 21: leechers that want more. HTTP only. */
  readonly downloaders?: number | undefined;
}

/** The tracker has answered, and says no: its own sentence. */
export class TrackerError extends SocketlabError {
  constructor(reason: string, options?: ErrorOptions) {
    super("refused-by-tracker", reason, options);
  }
}

/** Text of somebody else's, to be shown to people: bounded, and without what steers a terminal. */
export function sentence(text: string, maxLength = 300): string {
  const printable = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, " ").trim();
  return printable.length > maxLength ? `${printable.slice(0, maxLength)}…` : printable;
}
