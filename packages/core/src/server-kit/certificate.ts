// The certificate of the TLS doors: the user's, or one that we sign ourselves and keep for the next start.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIpv4 } from "../address/ipv4.ts";
import { UsageError } from "../errors.ts";
import type { TlsOptions } from "../transports/network.ts";

/** Relative to the folder in which the server was started; git ignores it. */
export const CERTIFICATE_FILE = ".socketlab/tls/cert.pem";
const FOLDER = ".socketlab/tls";
const KEY_FILE = `${FOLDER}/key.pem`;
const DAY_MS = 24 * 3600 * 1000;

/** @throws UsageError `bad-file`: a file that cannot be read. */
export function readIdentity(certFile: string, keyFile: string): TlsOptions {
  return { cert: readPem(certFile, "--tls-cert"), key: readPem(keyFile, "--tls-key") };
}

/** Reads a file that a flag names. @throws UsageError `bad-file`. */
function readPem(path: string, flag: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(
      "bad-file",
      `${flag}: cannot read ${JSON.stringify(path)} (${(error as NodeJS.ErrnoException).code})`,
      { cause: error },
    );
  }
}

/** A self-signed certificate for `hosts` and this machine's own names; the same one as long as it is good. */
export async function ownIdentity(hosts: readonly string[]): Promise<TlsOptions> {
  const names = [...new Set(["localhost", "127.0.0.1", "::1", ...hosts])];
  return stored(names) ?? (await make(names));
}

function stored(names: readonly string[]): TlsOptions | undefined {
  if (!existsSync(CERTIFICATE_FILE) || !existsSync(KEY_FILE)) return undefined;
  try {
    const cert = readFileSync(CERTIFICATE_FILE);
    const key = readFileSync(KEY_FILE);
    const parsed = new X509Certificate(cert);
    const good =
      Date.parse(parsed.validTo) > Date.now() + DAY_MS &&
      parsed.checkPrivateKey(createPrivateKey(key)) &&
      names.every((name) => (isAddress(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined);
    return good ? { cert, key } : undefined;
  } catch {
    // Whatever is wrong with the files, new ones cure it.
    return undefined;
  }
}

async function make(names: readonly string[]): Promise<TlsOptions> {
  const { generate } = await import("selfsigned");
  const altNames = names.map((name) =>
    isAddress(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
  );
  const made = await generate([{ name: "commonName", value: "Socketlab, self-signed" }], {
    keyType: "ec",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 365 * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "subjectAltName", altNames },
    ],
  });
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  // The key first, and readable for nobody else from its first moment.
  replace(KEY_FILE, made.private, 0o600);
  replace(CERTIFICATE_FILE, made.cert, 0o644);
  return { cert: made.cert, key: made.private };
}

function replace(path: string, content: string, mode: number): void {
  const fresh = `${path}.${process.pid}`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, content, { mode });
  renameSync(fresh, path);
}

function isAddress(host: string): boolean {
  return isIpv4(host) || host.includes(":");
}
