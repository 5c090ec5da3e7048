// Which of the peers that a tracker tells of could be peers: a tracker may lie, and whoever is listed is dialled by everybody.
import { addressToBytes, canonicalHost } from "@socketlab/core";
import type { PeerAddress } from "../../engine/address-book.ts";
import { isPlausible, keyOf } from "../../engine/address-entry.ts";
import type { AnnouncedPeer } from "../messages.ts";

export interface Plausibility {
  /** Where we are ourselves. */
  readonly own: readonly PeerAddress[];
  /** Whose list it is, by address: whoever is not on this host has no peers to tell of that are. */
  readonly trackerHost: string | undefined;
  readonly maxPeers: number;
}

/** The others are left out, and so is who is named twice. A name is no address, and is not looked up. */
export function plausiblePeers(peers: readonly AnnouncedPeer[], options: Plausibility): AnnouncedPeer[] {
  const { own, trackerHost, maxPeers } = options;
  const seen = new Set(own.map(keyOf));
  const plausible: AnnouncedPeer[] = [];
  for (const each of peers) {
    if (plausible.length === maxPeers) break;
    const peer = { ...each, host: canonicalHost(each.host) };
    const key = keyOf(peer);
    const isName = addressToBytes(peer.host) === undefined;
    if (seen.has(key) || isName || !isPlausible(peer, trackerHost)) continue;
    seen.add(key);
    plausible.push(peer);
  }
  return plausible;
}
