// What a token says in chat: who somebody is and which rooms are open to them. Knows no conversation.
import { TokenError, verifyToken } from "@socketlab/core/server-kit";
import { parseName } from "../names.ts";

/** What a good token says. */
export interface Admission {
  readonly name: string;
  /** Keys of the members' rooms that are open to it; undefined: all of them. */
  readonly rooms: ReadonlySet<string> | undefined;
  readonly expiresAtMs: number;
}

/** @throws TokenError */
export async function admit(secret: Uint8Array, token: string, nowMs: number): Promise<Admission> {
  const { name, expiresAtMs, claims } = await verifyToken(secret, token, nowMs);
  return { name, expiresAtMs, rooms: roomKeys(claims["rooms"]) };
}

function roomKeys(rooms: unknown): ReadonlySet<string> | undefined {
  if (rooms === undefined) return undefined;
  if (!Array.isArray(rooms)) throw new TokenError("bad-token", "the token is not one for chat");
  return new Set(rooms.map((room) => parseName(String(room))?.key ?? ""));
}
