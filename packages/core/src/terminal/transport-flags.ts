// The parameters of the transport layer as flags, the same in every app. Knows no app.
import { UsageError } from "../errors.ts";
import type { Transport } from "../address/endpoint.ts";
import type { TransportOptions } from "../transports/os/transport-options.ts";
import type { FlagTable, Flags } from "./flags.ts";
import { parseDuration, parseSize } from "./quantities.ts";

export type TransportFlag =
  "no-delay" | "nagle" | "keep-alive" | "send-buffer" | "receive-buffer" | "max-segment-size";

export const transportFlags: FlagTable<TransportFlag> = {
  "no-delay": { help: "TCP: small writes leave at once (TCP_NODELAY); this is the default" },
  nagle: {
    help: "TCP: the opposite, Nagle's algorithm: small writes wait for the last one's acknowledgement",
  },
  "keep-alive": { value: "SECONDS", help: "TCP: probe a connection that has been idle for so long" },
  "send-buffer": { value: "BYTES", help: "what the kernel may hold of what was sent (64k)" },
  "receive-buffer": { value: "BYTES", help: "what the kernel may hold of what arrived (64k)" },
  "max-segment-size": { value: "BYTES", help: "TCP: the largest segment, both ways (Linux)" },
};

const tcpOnly = ["no-delay", "nagle", "keep-alive", "max-segment-size"] as const;

/**
 * What was not given is left out: it stays as the operating system has it.
 * @param transports over which the options are to be used; an option that none of them has is an error.
 * @throws UsageError `bad-flag`.
 */
export function transportOptionsOf(
  flags: Flags<TransportFlag>,
  transports: readonly Transport[],
): TransportOptions {
  if (flags.has("no-delay") && flags.has("nagle")) {
    throw new UsageError("bad-flag", "--no-delay and --nagle are opposites; give one of them");
  }
  const given = tcpOnly.find((name) => flags.has(name));
  if (given !== undefined && transports.every((transport) => transport === "udp")) {
    throw new UsageError(
      "bad-flag",
      `--${given} is an option of TCP, and UDP has none like it; leave it out`,
    );
  }
  const options: TransportOptions = {
    noDelay: flags.has("no-delay") ? true : flags.has("nagle") ? false : undefined,
    keepAliveMs: flags.read("keep-alive", parseDuration),
    sendBufferBytes: flags.read("send-buffer", parseSize),
    receiveBufferBytes: flags.read("receive-buffer", parseSize),
    maxSegmentBytes: flags.read("max-segment-size", parseSize),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** To be laid over the options of a UDP door among doors over TCP: takes away what only TCP has. */
export const withoutTcpOptions: TransportOptions = {
  noDelay: undefined,
  keepAliveMs: undefined,
  maxSegmentBytes: undefined,
};
