// How a client's flags shape the handshake, the same in every app. Knows no app.
import { readFileSync } from "node:fs";
import type { Endpoint } from "../address/endpoint.ts";
import { UsageError } from "../errors.ts";
import type { ConnectOptions } from "../socket/connect.ts";
import type { FlagTable, Flags } from "./flags.ts";
import { parseDuration } from "./quantities.ts";

export type HandshakeFlag = "header" | "ca" | "insecure" | "connect-timeout";

const CONNECT_TIMEOUT_MS = 10_000;

export const handshakeFlags: FlagTable<HandshakeFlag> = {
  header: {
    value: "NAME:VALUE",
    short: "H",
    multiple: true,
    help: "WebSocket: one more header in the handshake",
  },
  ca: { value: "FILE", help: "TLS: trust the certificates in this file" },
  insecure: { help: "TLS: trust any certificate; anybody could be the server" },
  "connect-timeout": { value: "TIME", help: "until an attempt to connect is given up (10s)" },
};

/** For `connect`. @throws UsageError `bad-flag`: also for one that the transport has no use for. */
export function handshakeOptionsOf(
  flags: Flags<HandshakeFlag>,
  { transport, host }: Endpoint,
): ConnectOptions {
  const isTls = transport === "tls" || transport === "wss";
  const isWebSocket = transport === "ws" || transport === "wss";
  for (const name of ["ca", "insecure"] as const) {
    if (flags.has(name) && !isTls)
      throw new UsageError("bad-flag", `--${name} is for tls:// and wss://, not for ${transport}://`);
  }
  if (flags.has("header") && !isWebSocket)
    throw new UsageError("bad-flag", `--header is for ws:// and wss://, not for ${transport}://`);
  const ca = flags.read("ca", readGivenFile);
  return {
    connectTimeoutMs: flags.read("connect-timeout", parseDuration) ?? CONNECT_TIMEOUT_MS,
    ...(isTls && {
      tls: { serverName: host, insecure: flags.has("insecure"), ...(ca !== undefined && { ca }) },
    }),
    ...(isWebSocket && { headers: Object.fromEntries(flags.texts("header").map(readHeader)) }),
  };
}

/** The text of a file that the user named. @throws UsageError `bad-file`. */
export function readGivenFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError("bad-file", `cannot read ${JSON.stringify(path)} (${code})`, { cause: error });
  }
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
