// Runs every check that belongs to an endpoint, one after the other, and writes down how each went. Prints nothing.
import { Mismatch, type Check } from "./check.ts";
import type { Place } from "./stream-client.ts";
import { streamChecks } from "./stream-checks.ts";
import { udpChecks } from "./udp-checks.ts";
import { webSocketChecks } from "./websocket-checks.ts";

export interface Outcome {
  readonly name: string;
  readonly promise: string;
  /** Undefined: it held. */
  readonly failure: { readonly sent?: string; readonly expected?: string; readonly came: string } | undefined;
}

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

export async function runCheck({ name, promise, run }: Check): Promise<Outcome> {
  try {
    await run();
    return { name, promise, failure: undefined };
  } catch (error) {
    if (error instanceof Mismatch) {
      const { sent, expected, came } = error;
      return { name, promise, failure: { sent, expected, came } };
    }
    return { name, promise, failure: { came: (error as Error).message } };
  }
}
