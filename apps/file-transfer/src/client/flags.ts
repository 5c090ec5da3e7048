// The flags of the client's commands. Reads nothing.
import {
  handshakeFlags,
  observeFlags,
  transportFlags,
  type FlagTable,
  type HandshakeFlag,
  type ObserveFlag,
  type TransportFlag,
} from "@socketlab/core/terminal";

export type PathFlag = "token-file" | HandshakeFlag | ObserveFlag | TransportFlag | "help";
export type TransferFlag = "hash" | "quiet";
export type TransferCommandFlag = TransferFlag | PathFlag;

export const pathFlags: FlagTable<PathFlag> = {
  "token-file": { value: "FILE", help: "the token that opens the server (else from FILE_TRANSFER_TOKEN)" },
  ...handshakeFlags,
  ...observeFlags,
  ...transportFlags,
  help: { short: "h", help: "this text" },
};

export const transferFlags: FlagTable<TransferFlag> = {
  hash: { value: "NAME", help: "blake3 or sha256: how every byte is verified (blake3)" },
  quiet: { short: "q", help: "no progress, even in a terminal" },
};
