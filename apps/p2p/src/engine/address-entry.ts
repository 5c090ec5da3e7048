// What is remembered of one address, and which of two is the better one to dial. Knows no other addresses.
import {
  canonicalHost,
  isLimitedBroadcast,
  isLoopback,
  isMulticast,
  isUnspecified,
} from "@socketlab/core/browser";
import type { PeerAddress, Source } from "./address-book.ts";

/**
 * After each failure: the first time, it may only just be starting. Whoever has failed four times is left alone for long, and is
 * the first to be forgotten.
 */
const WAITS_MS: readonly number[] = [5000, 60_000, 120_000, 3_600_000];
/** After a conversation that was worth it. */
const PAUSE_MS = 60_000;
/** A conversation that ends sooner has been no use: to dial again and again would be none either. */
const SHORT_MS = 30_000;

export interface Entry {
  readonly address: PeerAddress;
  /** False for where somebody has dialled from: nobody listens there. */
  isDialable: boolean;
  /** Covered: who listens there has dialled us. */
  state: "idle" | "dialing" | "connected" | "covered";
  isFromTracker: boolean;
  isSeed: boolean;
  /** Since the last conversation that was worth it. */
  failures: number;
  notBeforeMs: number;
  connectedAtMs: number;
  /** BEP 40, or a random number as long as it is not known how others see us. */
  priority: number;
  /** Where somebody who has dialled us says that it listens. */
  listening: Entry | undefined;
}

export function newEntry(address: PeerAddress, source: Source, priority: number): Entry {
  const [isDialable, isFromTracker] = [source !== "incoming", source === "tracker"];
  const times = { failures: 0, notBeforeMs: -Infinity, connectedAtMs: -Infinity };
  const rest = { isSeed: false, priority, listening: undefined };
  return { address, isDialable, isFromTracker, state: "idle", ...times, ...rest };
}

export function backOff(entry: Entry, nowMs: number): void {
  entry.notBeforeMs = nowMs + WAITS_MS[entry.failures]!;
  entry.failures = Math.min(entry.failures + 1, WAITS_MS.length - 1);
  entry.state = "idle";
}

/** After a conversation. */
export function release(entry: Entry, nowMs: number): void {
  // aria2 hangs up as soon as it knows what a magnet link stands for, and then begins anew.
  if (nowMs - entry.connectedAtMs < SHORT_MS) return backOff(entry, nowMs);
  entry.failures = 0;
  entry.notBeforeMs = nowMs + PAUSE_MS;
  entry.state = "idle";
}

export function isBetter(a: Entry, b: Entry): boolean {
  return a.failures === b.failures ? a.priority > b.priority : a.failures < b.failures;
}

/** Equal addresses, however written, have equal keys. */
export function keyOf({ host, port }: PeerAddress): string {
  return `${canonicalHost(host)} ${port}`;
}

/**
 * Whether somebody may listen there. Only who is on this machine itself may name its loopback addresses: from elsewhere they
 * would make us knock at our own services.
 */
export function isPlausible({ host, port }: PeerAddress, teller: string | undefined): boolean {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return false;
  if (host === "" || isUnspecified(host) || isMulticast(host) || isLimitedBroadcast(host)) return false;
  return !isLoopback(host) || teller === undefined || isLoopback(teller);
}
