// The flags that every server has, and what they mean. Knows no app.
import type { Endpoint } from "../address/endpoint.ts";
import { UsageError } from "../errors.ts";
import type { Flags, FlagTable } from "../terminal/flags.ts";
import { parseCount } from "../terminal/quantities.ts";
import type { TlsOptions } from "../transports/network.ts";
import { ownIdentity, readIdentity } from "./certificate.ts";

export type DoorFlag = "listen" | "page" | "tls-cert" | "tls-key";
export type AdmissionFlag = "max-connections" | "max-per-address";
export type LogFlag = "log-level";

/** @param transports how `listen` names those that the app speaks: "tcp:// ws://". */
export function doorFlags(transports: string): FlagTable<DoorFlag> {
  return {
    listen: { value: "URL", multiple: true, help: `a door to wait at: ${transports}; port 0: any free one` },
    page: {
      value: "DIR",
      help: "the page that ws and wss doors serve to browsers (the built one, if there is one)",
    },
    "tls-cert": {
      value: "FILE",
      help: "the certificate of tls and wss doors, PEM (one that we sign ourselves)",
    },
    "tls-key": { value: "FILE", help: "and its private key" },
  };
}

export const admissionFlags: FlagTable<AdmissionFlag> = {
  "max-connections": { value: "N", help: "conversations at a time, per door (20000)" },
  "max-per-address": { value: "N", help: "the same, from one IP address (no limit)" },
};

export const logFlags: FlagTable<LogFlag> = {
  "log-level": {
    value: "LEVEL",
    help: "silent, error, warn, info, debug (info); the log goes to standard error",
  },
};

const logLevels = ["silent", "fatal", "error", "warn", "info", "debug", "trace"];

/** For `createLog`. @throws UsageError `bad-flag`. */
export function logLevelOf(flags: Flags<LogFlag>): string {
  const level = flags.text("log-level") ?? "info";
  if (logLevels.includes(level)) return level;
  throw new UsageError(
    "bad-flag",
    `--log-level: ${JSON.stringify(level)} is not one of ${logLevels.join(", ")}`,
  );
}

/** For `serve`; what was not given is left out. @throws UsageError `bad-flag`. */
export function admissionOf(flags: Flags<AdmissionFlag>): {
  maxConnections?: number;
  maxConnectionsPerAddress?: number;
} {
  const maxConnections = flags.read("max-connections", (text) => parseCount(text, 1));
  const maxConnectionsPerAddress = flags.read("max-per-address", (text) => parseCount(text, 1));
  return {
    ...(maxConnections !== undefined && { maxConnections }),
    ...(maxConnectionsPerAddress !== undefined && { maxConnectionsPerAddress }),
  };
}

/**
 * The certificate of the tls and wss doors, if there are any: the one that was given, or else our own, which is kept in
 * `CERTIFICATE_FILE`.
 *
 * @throws UsageError `bad-flag`: half of one; `bad-file`: it cannot be read.
 */
export async function identityOf(
  flags: Flags<DoorFlag>,
  doors: readonly Endpoint[],
): Promise<{ tls?: TlsOptions; signedByUs: boolean }> {
  const [cert, key] = [flags.text("tls-cert"), flags.text("tls-key")];
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError(
      "bad-flag",
      "--tls-cert and --tls-key belong together; give both, or none for a certificate that we sign ourselves",
    );
  }
  if (cert !== undefined && key !== undefined) return { tls: readIdentity(cert, key), signedByUs: false };
  const private_ = doors.filter(({ transport }) => transport === "tls" || transport === "wss");
  if (private_.length === 0) return { signedByUs: false };
  return { tls: await ownIdentity(private_.map(({ host }) => host)), signedByUs: true };
}
