// Signed tokens (JWT, RFC 7519, with HS256): who somebody is, until when, and what the app adds. Knows no app.
import { readFileSync } from "node:fs";
import { SocketlabError, UsageError } from "../errors.ts";

/** HMAC with SHA-256 wants a key of at least the length of its hash (RFC 7518 §3.2). */
const MIN_SECRET_BYTES = 32;

/** What a good token says. */
export interface Token {
  readonly name: string;
  readonly expiresAtMs: number;
  /** What the app has put into it, as it came: to be checked. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** `bad-token`: it cannot be relied on. `message` says why, for people. */
export class TokenError extends SocketlabError {}

/** @throws UsageError `bad-file`: it cannot be read, or is too short to be a secret. */
export function readSecret(path: string): Uint8Array {
  const shown = JSON.stringify(path);
  let secret: Buffer;
  try {
    secret = readFileSync(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw new UsageError(
      "bad-file",
      `--secret-file: cannot read ${shown} (${reason}); make one with: openssl rand -base64 48 > ${path}`,
      { cause: error },
    );
  }
  // Editors and shells end a file with a newline, and some do not.
  const length = secret.length - (/\s*$/.exec(secret.toString("latin1"))?.[0].length ?? 0);
  if (length < MIN_SECRET_BYTES) {
    throw new UsageError(
      "bad-file",
      `--secret-file: ${shown} has ${length} bytes, and a secret has at least ${MIN_SECRET_BYTES}; make one with: openssl rand -base64 48 > ${path}`,
    );
  }
  return new Uint8Array(secret.subarray(0, length));
}

export async function signToken(secret: Uint8Array, { name, expiresAtMs, claims }: Token): Promise<string> {
  const { SignJWT } = await loadJose();
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(name)
    .setExpirationTime(Math.floor(expiresAtMs / 1000))
    .sign(secret);
}

/** @throws TokenError */
export async function verifyToken(secret: Uint8Array, token: string, nowMs: number): Promise<Token> {
  const { errors, jwtVerify } = await loadJose();
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ["HS256"],
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(nowMs),
    });
    const { sub = "", exp = 0, ...claims } = payload;
    return { name: sub, expiresAtMs: exp * 1000, claims };
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new TokenError("bad-token", "the token has expired", { cause: error });
    if (error instanceof errors.JOSEError)
      throw new TokenError("bad-token", "the token is not one that this server's secret has signed", {
        cause: error,
      });
    throw error;
  }
}

/** Most servers never see a token. */
const loadJose = () => import("jose");
