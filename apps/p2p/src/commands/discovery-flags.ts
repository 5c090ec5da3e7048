// The flags of those commands that look for peers without a tracker, and what they open. Looks for nobody.
import { addressToBytes, formatEndpoint, isUnspecified, parseEndpoint, UsageError } from "@socketlab/core";
import type { Flags, FlagTable } from "@socketlab/core/terminal";
import type { Dht, Discoveries, Discovery } from "../discovery/discovery.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import { familyOf } from "../engine/compact-peers.ts";
import type { Peer } from "../peer/peer.ts";
import { placesOf } from "../peer/places.ts";

export type DiscoveryFlag = "dht" | "dht-bootstrap" | "lsd";

export const discoveryFlags: FlagTable<DiscoveryFlag> = {
  dht: { help: "look in the distributed hash table, too, where strangers learn what this peer shares" },
  "dht-bootstrap": {
    value: "HOST:PORT",
    multiple: true,
    help: "the same, beginning with this node, and with none of the public ones",
  },
  lsd: { value: "ADDRESS", help: "call out to the local network, too, of the interface with this address" },
};

export interface DiscoverySetting {
  /** The DHT's nodes to begin with; undefined: it is not asked. */
  readonly bootstrap: readonly PeerAddress[] | "public" | undefined;
  /** The interface of the local network that is asked. */
  readonly lsdHost: string | undefined;
}

/** @throws UsageError `bad-flag`. */
export function readDiscoverySetting(flags: Flags<DiscoveryFlag>): DiscoverySetting {
  const named = flags.readAll("dht-bootstrap", parseNode);
  return {
    bootstrap: named.length > 0 ? named : flags.has("dht") ? "public" : undefined,
    lsdHost: flags.read("lsd", parseAddress),
  };
}

export function isAnyOn({ bootstrap, lsdHost }: DiscoverySetting): boolean {
  return bootstrap !== undefined || lsdHost !== undefined;
}

/**
 * What this process finds peers with, and what ends it.
 * @param isPrivate the only torrent is: then nothing.
 * @throws UsageError, ClosedError: where it cannot.
 */
export async function openDiscoveries(
  { bootstrap, lsdHost }: DiscoverySetting,
  peer: Peer,
  isPrivate = false,
): Promise<Discoveries & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const dht = bootstrap === undefined || isPrivate ? undefined : await openDht(bootstrap, peer);
  opened.defer(async () => dht?.close());
  const lsd = lsdHost === undefined || isPrivate ? undefined : await openLsd(lsdHost, peer);
  opened.defer(async () => lsd?.close());
  const all = opened.move();
  return { dht, lsd, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

// Most peers use neither, and start sooner without: so they are imported when they are asked for.

/** At the number of its TCP port, as others have it; where that is taken, at another one. */
async function openDht(bootstrap: readonly PeerAddress[] | "public", peer: Peer): Promise<Dht> {
  const { openDht: open, PUBLIC_ROUTERS } = await import("../discovery/dht.ts");
  const [first] = peer.endpoints;
  const place = placesOf(peer.endpoints).find(({ family }) => family === 4);
  const options = {
    host: place === undefined ? first!.host : (place.localHost ?? "0.0.0.0"),
    bootstrap: bootstrap === "public" ? PUBLIC_ROUTERS : bootstrap,
  };
  try {
    return await open({ ...options, port: first!.port });
  } catch (error) {
    if (!(error instanceof UsageError) || error.code !== "address-in-use") throw error;
    return open({ ...options, port: 0 });
  }
}

/** @throws UsageError `bad-flag` where whoever hears us would dial us in vain. */
async function openLsd(host: string, peer: Peer): Promise<Discovery> {
  const place = placesOf(peer.endpoints).find(({ family }) => family === familyOf(host));
  const isFound = place !== undefined && (isUnspecified(host) || (place.localHost ?? host) === host);
  const where = peer.endpoints.map((endpoint) => formatEndpoint(endpoint)).join(", ");
  if (!isFound)
    throw new UsageError(
      "bad-flag",
      `--lsd ${host}: others would dial this peer there; it listens at ${where}`,
    );
  return (await import("../discovery/lsd.ts")).openLsd({ host });
}

function parseNode(text: string): PeerAddress {
  const { host, port } = parseEndpoint(text.includes("://") ? text : `udp://${text}`);
  return { host, port };
}

function parseAddress(text: string): string {
  if (addressToBytes(text) === undefined)
    throw new UsageError("bad-endpoint", `${JSON.stringify(text)} is no IP address of this machine`);
  return text;
}
