// The flags of the client's commands. Reads nothing.
import {
  handshakeFlags,
  observeFlags,
  transportFlags,
  type Flags,
  type FlagTable,
  type HandshakeFlag,
  type ObserveFlag,
  type TransportFlag,
} from "@socketlab/core/terminal";

import { parseRate } from "../rate.ts";
import { RateLimit } from "../transfer/rate-limit.ts";

export type PathFlag = HandshakeFlag | ObserveFlag | TransportFlag | "help";
export type TransferFlag = "hash" | "rate" | "quiet";
export type TransferCommandFlag = TransferFlag | PathFlag;

export const pathFlags: FlagTable<PathFlag> = {
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
  quiet: { short: "q", help: "no progress, even in a terminal" },
};

/** For all conversations of one command together. @throws UsageError `bad-flag`. */
export function limitOf(flags: Flags<TransferCommandFlag>): RateLimit | undefined {
  const rate = flags.read("rate", parseRate);
  return rate === undefined ? undefined : new RateLimit(rate);
}
