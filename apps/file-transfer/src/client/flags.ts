// The flags of the client's commands. Reads nothing.
import {
  parseCount,
  handshakeFlags,
  observeFlags,
  transportFlags,
  type Flags,
  type FlagTable,
  type HandshakeFlag,
  type ObserveFlag,
  type TransportFlag,
} from "@socketlab/core/terminal";

import { UsageError } from "@socketlab/core";
import { parseRate } from "../rate.ts";
import { RateLimit } from "../transfer/rate-limit.ts";
import type { ProgressKind } from "./progress.ts";

export type PathFlag = "token-file" | HandshakeFlag | ObserveFlag | TransportFlag | "help";
export type TransferFlag = "hash" | "rate" | "connections" | "retries" | "quiet" | "progress";
export type TransferCommandFlag = TransferFlag | PathFlag;

export const pathFlags: FlagTable<PathFlag> = {
  "token-file": { value: "FILE", help: "the token that opens the server (else from FILE_TRANSFER_TOKEN)" },
  ...handshakeFlags,
  ...observeFlags,
  ...transportFlags,
  help: { short: "h", help: "this text" },
};

export const transferFlags: FlagTable<TransferFlag> = {
  hash: {
    value: "NAME",
    help: "blake3, sha256: how every byte is verified (blake3); none: nothing is, and nothing is gone on with",
  },
  rate: { value: "BYTES", help: "no more than so many a second: 500k, 2M" },
  connections: { value: "K", help: "1 to 16: files, and the chunks of a large one, go over so many (1)" },
  retries: { value: "N", help: "how often to try again in a row when the connection is lost (8)" },
  progress: { help: "with --json: an object every second that says how far it is" },
  quiet: { short: "q", help: "no progress, even in a terminal" },
};

/** For all conversations of one command together. @throws UsageError `bad-flag`. */
export function limitOf(flags: Flags<TransferCommandFlag>): RateLimit | undefined {
  const rate = flags.read("rate", parseRate);
  return rate === undefined ? undefined : new RateLimit(rate);
}

const MOST_CONNECTIONS = 16;
// With back-off, some twenty seconds: a server that is started again is back by then.
const RETRIES = 8;

/** @throws UsageError `bad-flag`. */
export function connectionsOf(flags: Flags<TransferCommandFlag>): number {
  const count = flags.read("connections", (text) => parseCount(text, 1)) ?? 1;
  if (count > MOST_CONNECTIONS)
    throw new UsageError("bad-flag", `--connections: ${MOST_CONNECTIONS} at most`);
  return count;
}

/** @throws UsageError `bad-flag`. */
export function retriesOf(flags: Flags<TransferCommandFlag>): number {
  return flags.read("retries", (text) => parseCount(text)) ?? RETRIES;
}

export function progressOf(flags: Flags<TransferCommandFlag>): ProgressKind {
  if (flags.has("json")) return flags.has("progress") ? "json" : "none";
  return flags.has("quiet") ? "none" : "painted";
}
