// Which of the peers that a tracker tells of could be peers: a tracker may lie, and whoever is listed is dialled by everybody.
import {
  addressToBytes,
  canonicalHost,
  isLimitedBroadcast,
  isLoopback,
  isMulticast,
  isUnspecified,
} from "@socketlab/core";
import type { PeerAddress } from "../../engine/address-book.ts";
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
  const seen = new Set(own.map(({ host, port }) => `${canonicalHost(host)} ${port}`));
  const isLocal = trackerHost === undefined || isLoopback(trackerHost);
  const plausible: AnnouncedPeer[] = [];
  for (const peer of peers) {
    const host = canonicalHost(peer.host);
    const key = `${host} ${peer.port}`;
    if (plausible.length === maxPeers) break;
    if (seen.has(key) || !canBeDialled(host, peer.port) || (isLoopback(host) && !isLocal)) continue;
    seen.add(key);
    plausible.push({ ...peer, host });
  }
  return plausible;
}

function canBeDialled(host: string, port: number): boolean {
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || addressToBytes(host) === undefined)
    return false;
  return !isUnspecified(host) && !isMulticast(host) && !isLimitedBroadcast(host);
}
