// What is remembered of one address, and which of two is the better one to dial. Knows no other addresses.
import {
  canonicalHost,
  isLimitedBroadcast,
  isLoopback,
  isMulticast,
  isUnspecified,
} from "@socketlab/core/browser";
import type { PeerAddress, Source } from "./address-book.ts";

const FIRST_BACKOFF_MS = 60_000;
/** Whoever has failed so often is left alone for long, and is the first to be forgotten. */
const MAX_FAILURES = 4;
const GIVEN_UP_MS = 3_600_000;
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

/** 60 s, 120 s, 240 s, and then an hour. */
export function backOff(entry: Entry, nowMs: number): void {
  entry.failures = Math.min(entry.failures + 1, MAX_FAILURES);
  const waitMs = FIRST_BACKOFF_MS * 2 ** (entry.failures - 1);
  entry.notBeforeMs = nowMs + (entry.failures === MAX_FAILURES ? GIVEN_UP_MS : waitMs);
  entry.state = "idle";
}

/** After a conversation. */
export function release(entry: Entry, nowMs: number): void {
  if (nowMs - entry.connectedAtMs < SHORT_MS) return backOff(entry, nowMs);
  entry.failures = 0;
  entry.notBeforeMs = nowMs + FIRST_BACKOFF_MS;
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
