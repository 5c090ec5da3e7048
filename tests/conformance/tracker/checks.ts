// Which checks belong to a tracker's endpoint. Runs none.
import type { Check } from "../check.ts";
import { announceChecks } from "./announce-checks.ts";
import { httpChecks } from "./http-checks.ts";
import { httpVisitor } from "./http-visitor.ts";
import { udpChecks } from "./udp-checks.ts";
import { udpVisitor } from "./udp-visitor.ts";

export function checksOf(url: string, timeoutMs: number): Check[] {
  const { protocol } = new URL(url);
  if (protocol === "udp:")
    return [...announceChecks("udp", udpVisitor(url, timeoutMs)), ...udpChecks(url, timeoutMs)];
  if (protocol === "http:" || protocol === "https:")
    return [...announceChecks("http", httpVisitor(url, timeoutMs)), ...httpChecks(url, timeoutMs)];
  throw new Error(`${url}: a tracker is checked over http, https and udp`);
}
