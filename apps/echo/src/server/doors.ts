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
  parseEndpoint,
  UsageError,
  type Endpoint,
} from "@socketlab/core";

export const labDoors: readonly string[] = [
  "tcp://127.0.0.1:7007",
  "tls://127.0.0.1:7008",
  "udp://127.0.0.1:7007",
  "ws://127.0.0.1:7010",
];

/** @throws UsageError `bad-endpoint`, `bad-door`. */
export function readDoors(texts: readonly string[]): Endpoint[] {
  const doors = (texts.length === 0 ? labDoors : texts).map((text) => parseEndpoint(text));
  const broadcasts = broadcastAddresses();
  for (const door of doors) assertAllowed(door, broadcasts);
  return doors;
}

function assertAllowed(door: Endpoint, broadcasts: ReadonlySet<string>): void {
  const given = formatEndpoint(door);
  if (door.transport === "mem") {
    throw new UsageError("bad-door", `${given} is a door inside one process; nobody else could come`);
  }
  if (door.transport !== "udp") return;
  if (isUnspecified(door.host)) {
    const example = formatEndpoint({ ...door, host: door.host.includes(":") ? "::1" : "127.0.0.1" });
    throw new UsageError(
      "bad-door",
      `${given} would receive broadcasts too, and an echo server must not answer those; name the address of one interface, such as ${example}`,
    );
  }
  if (isMulticast(door.host) || isLimitedBroadcast(door.host) || broadcasts.has(door.host)) {
    throw new UsageError(
      "bad-door",
      `${given} is the address of many, and an echo server must not answer what is sent to all of them`,
    );
  }
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
