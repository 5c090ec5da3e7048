// The doors at which the server waits: which they are, which are refused, and who may knock there. Opens none.
import { networkInterfaces } from "node:os";
import {
  formatEndpoint,
  integerToIpv4,
  ipv4ToInteger,
  isIpv4,
  isLimitedBroadcast,
  isMulticast,
  isUnspecified,
  type Endpoint,
} from "@socketlab/core";
import { parseDoors } from "@socketlab/core/server-kit";

export const labDoors: readonly string[] = [
  "tcp://127.0.0.1:7007",
  "tls://127.0.0.1:7008",
  "udp://127.0.0.1:7007",
  "ws://127.0.0.1:7010",
];

/** @throws UsageError `bad-endpoint`, `bad-door`. */
export function readDoors(texts: readonly string[]): Endpoint[] {
  const broadcasts = broadcastAddresses();
  return parseDoors(texts, labDoors, (door) => whyNot(door, broadcasts));
}

function whyNot(door: Endpoint, broadcasts: ReadonlySet<string>): string | undefined {
  if (door.transport !== "udp") return undefined;
  if (isUnspecified(door.host)) {
    const example = formatEndpoint({ ...door, host: door.host.includes(":") ? "::1" : "127.0.0.1" });
    return `would receive broadcasts too, and an echo server must not answer those; name the address of one interface, such as ${example}`;
  }
  if (isMulticast(door.host) || isLimitedBroadcast(door.host) || broadcasts.has(door.host))
    return "is the address of many, and an echo server must not answer what is sent to all of them";
  return undefined;
}

/** The address of each IPv4 network of this machine that stands for everybody in it (RFC 919). */
export function broadcastAddresses(
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): ReadonlySet<string> {
  const addresses = Object.values(interfaces).flatMap((each) => each ?? []);
  const broadcasts = addresses
    // A network of one or two addresses has nobody to broadcast to (RFC 3021).
    .filter(({ address, cidr }) => isIpv4(address) && Number(cidr?.split("/")[1] ?? 32) <= 30)
    .map(({ address, netmask }) => integerToIpv4((ipv4ToInteger(address) | ~ipv4ToInteger(netmask)) >>> 0));
  return new Set(broadcasts);
}
