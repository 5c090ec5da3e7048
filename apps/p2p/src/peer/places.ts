// Where this process is reached, one place for each family of addresses that it listens in. Knows no torrent.
import { networkInterfaces } from "node:os";
import { isUnspecified, type Endpoint } from "@socketlab/core";
import type { PeerAddress } from "../engine/address-book.ts";
import { familyOf } from "../engine/compact-peers.ts";

export interface Place {
  readonly family: 4 | 6;
  readonly port: number;
  /** Where this process listens at one address alone, it speaks from there, too: as others know it. */
  readonly localHost: string | undefined;
}

export function placesOf(endpoints: readonly Endpoint[]): Place[] {
  const places = new Map<4 | 6, Place>();
  for (const { host, port } of endpoints) {
    const localHost = isUnspecified(host) ? undefined : host;
    for (const family of familiesAt(host))
      if (!places.has(family)) places.set(family, { family, port, localHost });
  }
  return [...places.values()];
}

/** Every address at which somebody who dials finds this process. */
export function ownAddresses(endpoints: readonly Endpoint[]): PeerAddress[] {
  return endpoints.flatMap(({ host, port }) => {
    if (!isUnspecified(host)) return [{ host, port }];
    const families = familiesAt(host);
    return Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ address }) => families.includes(familyOf(address)))
      .map(({ address }) => ({ host: address, port }));
  });
}

/** Whoever listens at :: is reached by IPv4, too. */
function familiesAt(host: string): readonly (4 | 6)[] {
  return host === "::" ? [4, 6] : [familyOf(host)];
}
