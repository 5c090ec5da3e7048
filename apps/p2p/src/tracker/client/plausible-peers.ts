// Which of the peers that a tracker tells of could be peers: a tracker may lie, and whoever is listed is dialled by everybody.
import { addressToBytes, canonicalHost } from "@socketlab/core";
import { isPlausible, keyOf } from "../../engine/address-entry.ts";
import type { AnnouncedPeer } from "../messages.ts";

/**
 * The others are left out, and so is who is named twice. A name is no address, and is not looked up.
 * @param trackerHost whose list it is, by address: whoever is not on this host has no peers to tell of that are.
 */
export function plausiblePeers(
  peers: readonly AnnouncedPeer[],
  trackerHost: string,
  maxPeers: number,
): AnnouncedPeer[] {
  const plausible = new Map<string, AnnouncedPeer>();
  for (const each of peers) {
    if (plausible.size === maxPeers) break;
    const peer = { ...each, host: canonicalHost(each.host) };
    if (addressToBytes(peer.host) !== undefined && isPlausible(peer, trackerHost))
      plausible.set(keyOf(peer), peer);
  }
  return [...plausible.values()];
}
