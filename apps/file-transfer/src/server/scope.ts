// What a token allows: folders and files that may be read, and that may be written. Knows no token's form.
import { UsageError } from "@socketlab/core";
import { TokenError } from "@socketlab/core/server-kit";
import { parsePath } from "../paths.ts";

export type Action = "read" | "write";

/** Per action the folders and files with all that is in them, as `parsePath` returns them; "" is everything. */
export type Scope = Readonly<Record<Action, readonly string[]>>;

export const everything: Scope = { read: [""], write: [""] };
export const nothing: Scope = { read: [], write: [] };

/** @param path as `parsePath` returns it. */
export function allows(scope: Scope, action: Action, path: string): boolean {
  return scope[action].some((root) => root === "" || path === root || path.startsWith(`${root}/`));
}

/** "read inbox and write inbox/ada" */
export function describeScope(scope: Scope): string {
  const parts = (["read", "write"] as const).flatMap((action) =>
    scope[action].length === 0 ? [] : [`${action} ${scope[action].map(nameOf).join(", ")}`],
  );
  return parts.join(" and ") || "do nothing";
}

function nameOf(root: string): string {
  return root === "" ? "everything" : JSON.stringify(root);
}

/** As a person writes it: "/" is everything, and a folder may end with a "/". @throws UsageError `bad-path`. */
export function parseRoot(text: string): string {
  if (text === "") throw new UsageError("bad-path", 'the name of a folder is missing; "/" is everything');
  return text === "/" ? "" : parsePath(text.replace(/\/$/, ""));
}

/** From what a token says. @throws TokenError. */
export function scopeOf(claims: Readonly<Record<string, unknown>>): Scope {
  return { read: rootsOf(claims["read"]), write: rootsOf(claims["write"]) };
}

function rootsOf(claim: unknown): readonly string[] {
  if (claim === undefined) return [];
  try {
    if (Array.isArray(claim)) return claim.map((root: unknown) => parsePath(String(root)));
  } catch (cause) {
    throw new TokenError("bad-token", "the token names a folder that cannot be one", { cause });
  }
  throw new TokenError("bad-token", "the token is not one for files");
}
