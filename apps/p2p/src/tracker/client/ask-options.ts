// What every question to a tracker may be asked with. Asks nothing.
import type { Network } from "@socketlab/core";
import type { ConnectionCache } from "./connection-cache.ts";

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** For all of it. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** The address of this host to speak from; it says, too, whether IPv4 or IPv6 is spoken. */
  readonly localHost?: string | undefined;
  /** Speak this, where a tracker's name has both. A tracker sees one address of ours each time (BEP 7). */
  readonly family?: 4 | 6 | undefined;
  /** https: whom to trust, in PEM. */
  readonly ca?: string | undefined;
  /** udp: what a tracker has given for the next minute. Default: one for this process. */
  readonly connections?: ConnectionCache | undefined;
  /** udp: default the real one, and its clock. */
  readonly network?: Network | undefined;
  /** More are not taken from one answer. Default 200. */
  readonly maxPeers?: number | undefined;
}

export const TIMEOUT_MS: number = 60_000;
export const MAX_PEERS = 200;
