// By what the choker compares peers: what one sends us, how long one waits, whether one has had its turn. Decides nothing.
import type { PeerView } from "./choker.ts";

/** To take a slot from somebody one must send so much more than the holder: rates differ by chance, and a choke costs. */
const GAIN = 1.1;

// A turn at a seed: the rule of libtorrent's round-robin choker, in whole pieces and a time, with a time after which it ends anyway.
const TURN_PIECES = 4;
const TURN_MS = 30_000;
const LONGEST_TURN_MS = 120_000;

/** What it sends us, and a little more if it has a slot already. */
export function rankOfSender<Id>(peer: PeerView<Id>): number {
  return peer.isChoked ? peer.downloadRate : peer.downloadRate * GAIN;
}

/**
 * Since when somebody has had nothing from us. Whoever connects anew begins to wait anew, so that nothing is gained by coming
 * back under another name.
 */
export function waitsSinceMs<Id>(peer: PeerView<Id>): number {
  return Math.max(peer.connectedAtMs, peer.unchokedAtMs);
}

/** Whether a seed may give the slot to another: not before some pieces have arrived, and not in the middle of one. */
export function isTurnOver<Id>(peer: PeerView<Id>, pieceLength: number, nowMs: number): boolean {
  const ageMs = nowMs - peer.unchokedAtMs;
  if (ageMs < TURN_MS) return false;
  if (ageMs >= LONGEST_TURN_MS || peer.uploadRate === 0) return true;
  return peer.sentBytes >= TURN_PIECES * pieceLength && !peer.isMidPiece;
}
