// Whether a request's conditions hold, in the order of RFC 9110 §13.2.2. Values in, values out: knows no file and no request.
import { parseHttpDate } from "./http-date.ts";

/** What a representation is known by. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** In whole seconds, as Last-Modified says it; milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Names in lower case, as Node.js has them. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * For GET and HEAD: "go" on (to the range, if one is asked for), or answer with 304 or 412.
 */
export function evaluate(headers: RequestHeaders, { etag, modifiedMs }: Validators): "go" | 304 | 412 {
  const [ifMatch, ifNoneMatch] = [textOf(headers["if-match"]), textOf(headers["if-none-match"])];
  if (ifMatch !== undefined) {
    if (!names(ifMatch, etag, "strong")) return 412;
  } else {
    const sinceMs = dateOf(headers["if-unmodified-since"]);
    if (sinceMs !== undefined && modifiedMs > sinceMs) return 412;
  }
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, etag, "weak") ? 304 : "go";
  const sinceMs = dateOf(headers["if-modified-since"]);
  return sinceMs !== undefined && modifiedMs <= sinceMs ? 304 : "go";
}

/**
 * Whether `Range` may be heeded, after If-Range (§13.1.5): the client has a part of what is here now. A date is good enough
 * only if nothing can have changed within the same second (§8.8.2.2).
 */
export function rangeApplies(
  headers: RequestHeaders,
  { etag, modifiedMs }: Validators,
  nowMs: number,
): boolean {
  const ifRange = textOf(headers["if-range"]);
  if (ifRange === undefined) return true;
  const dateMs = parseHttpDate(ifRange);
  if (dateMs === undefined) return ifRange === etag;
  return dateMs === modifiedMs && nowMs - modifiedMs >= 1000;
}

/** Whether a list of entity tags, or "*", has this one (§8.8.3.2). A weak tag is never strongly equal to anything. */
function names(list: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (list.trim() === "*") return true;
  // Commas may stand inside a tag.
  for (const [, weak, tag] of list.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)) {
    if (tag === etag && (comparison === "weak" || weak === undefined)) return true;
  }
  return false;
}

function dateOf(header: string | string[] | undefined): number | undefined {
  const text = textOf(header);
  return text === undefined ? undefined : parseHttpDate(text);
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(", ") : header?.trim();
}
