// Which checks belong to an echo server's endpoint. Runs none.
import type { Check } from "../check.ts";
import type { Place } from "./stream-client.ts";
import { streamChecks } from "./stream-checks.ts";
import { udpChecks } from "./udp-checks.ts";
import { webSocketChecks } from "./websocket-checks.ts";

export function placeOf(url: string): Place {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/gu, "");
  return { transport: protocol.slice(0, -1), host, port: Number(port), url };
}

export function checksOf(url: string, timeoutMs: number): Check[] {
  const place = placeOf(url);
  switch (place.transport) {
    case "tcp":
    case "tls":
      return streamChecks(place, timeoutMs);
    case "udp":
      return udpChecks(place, timeoutMs);
    case "ws":
    case "wss":
      return webSocketChecks(place, timeoutMs);
    default:
      throw new Error(`${url}: echo is checked over tcp, tls, udp, ws and wss`);
  }
}
