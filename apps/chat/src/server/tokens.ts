// Signed tokens: who somebody is and which rooms are open to them (JWT, RFC 7519, with HS256). Knows no conversation.
import { readFileSync } from "node:fs";
import { errors, jwtVerify, SignJWT } from "jose";
import { UsageError } from "@socketlab/core";
import { parseName } from "../names.ts";

/** HMAC with SHA-256 wants a key of at least the length of its hash (RFC 7518 §3.2). */
const MIN_SECRET_BYTES = 32;

/** What a good token says. */
export interface Admission {
  readonly name: string;
  /** Keys of the members' rooms that are open to it; undefined: all of them. */
  readonly rooms: ReadonlySet<string> | undefined;
  readonly expiresAtMs: number;
}

/** The token cannot be relied on. `message` says why, for people. */
export class TokenError extends Error {
  override readonly name = "TokenError";
}

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

/** @param rooms the members' rooms that it opens; undefined: all. */
export function signToken(
  secret: Uint8Array,
  name: string,
  expiresAtMs: number,
  rooms?: readonly string[],
): Promise<string> {
  return new SignJWT(rooms === undefined ? {} : { rooms: [...rooms] })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(name)
    .setExpirationTime(Math.floor(expiresAtMs / 1000))
    .sign(secret);
}

/** @throws TokenError */
export async function verifyToken(secret: Uint8Array, token: string, nowMs: number): Promise<Admission> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ["HS256"],
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(nowMs),
    });
    const { sub = "", exp = 0, rooms } = payload;
    return { name: sub, rooms: roomKeys(rooms), expiresAtMs: exp * 1000 };
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new TokenError("the token has expired", { cause: error });
    if (error instanceof errors.JOSEError)
      throw new TokenError("the token is not one that this server's secret has signed", { cause: error });
    throw error;
  }
}

function roomKeys(rooms: unknown): ReadonlySet<string> | undefined {
  if (rooms === undefined) return undefined;
  if (!Array.isArray(rooms)) throw new errors.JWTInvalid("rooms is no list");
  return new Set(rooms.map((room) => parseName(String(room))?.key ?? ""));
}
