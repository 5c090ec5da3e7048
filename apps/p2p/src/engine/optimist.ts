// Who is given a chance: one of many, by chance. Knows nothing of slots.
import type { PeerView } from "./choker.ts";

/** Newcomers have nothing yet to give back: they are as likely as three others (BEP 3). */
const NEWCOMERS_WEIGHT = 3;

/** @returns one of them, or undefined of none. */
export function optimist<Id>(peers: readonly PeerView<Id>[], random: () => number): PeerView<Id> | undefined {
  const weigh = (peer: PeerView<Id>): number => (peer.unchokedAtMs === -Infinity ? NEWCOMERS_WEIGHT : 1);
  const total = peers.reduce((sum, peer) => sum + weigh(peer), 0);
  let left = random() * total;
  for (const peer of peers) {
    left -= weigh(peer);
    if (left < 0) return peer;
  }
  return peers.at(-1);
}
