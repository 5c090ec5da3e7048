// How this client reaches its server: what the flags say of the handshake. Knows nothing of what is said.
import { readFileSync } from "node:fs";
import { connect, UsageError, type ConnectOptions, type Endpoint } from "@socketlab/core";
import { parseDuration, transportOptionsOf, type Flags } from "@socketlab/core/terminal";
import { chat } from "../protocol.ts";
import type { ChatSocket } from "./connection.ts";
import type { ClientFlag } from "./flags.ts";

// A server that does not say goodbye is not waited for long.
const CLOSE_TIMEOUT_MS = 1000;

/** @throws UsageError `bad-flag`, `bad-file`. */
export function dialer(
  target: Endpoint,
  flags: Flags<ClientFlag>,
  trace: ConnectOptions["trace"],
): (signal: AbortSignal) => Promise<ChatSocket> {
  if (target.transport === "udp")
    throw new UsageError(
      "bad-endpoint",
      "chat does not go over udp://, which loses messages; try tcp:// or ws://",
    );
  const options: ConnectOptions = {
    ...transportOptionsOf(flags, [target.transport]),
    ...handshakeOptions(flags, target),
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    connectTimeoutMs: flags.read("connect-timeout", parseDuration) ?? 10_000,
    trace,
  };
  return (signal) => connect(chat, target, { ...options, signal });
}

/** @throws UsageError `bad-file`. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError("bad-file", `cannot read ${JSON.stringify(path)} (${code})`, { cause: error });
  }
}

function handshakeOptions(flags: Flags<ClientFlag>, { transport, host }: Endpoint): ConnectOptions {
  const isTls = transport === "tls" || transport === "wss";
  const isWebSocket = transport === "ws" || transport === "wss";
  for (const name of ["ca", "insecure"] as const) {
    if (flags.has(name) && !isTls)
      throw new UsageError("bad-flag", `--${name} is for tls:// and wss://, not for ${transport}://`);
  }
  if (flags.has("header") && !isWebSocket)
    throw new UsageError("bad-flag", `--header is for ws:// and wss://, not for ${transport}://`);
  const ca = flags.read("ca", readText);
  return {
    ...(isTls && {
      tls: { serverName: host, insecure: flags.has("insecure"), ...(ca !== undefined && { ca }) },
    }),
    ...(isWebSocket && { headers: Object.fromEntries(flags.texts("header").map(readHeader)) }),
  };
}

function readHeader(text: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(
      "bad-flag",
      `--header: ${JSON.stringify(text)} is not NAME:VALUE, such as "Authorization: Bearer abc"`,
    );
  return [name, value];
}
