// `GET` and `HEAD /files/…`: a link to a file, for every HTTP client there is. Knows the store, and no disk.
import type { HttpHandler } from "@socketlab/core/server-kit";
import { MAX_PAGE_ENTRIES } from "../../protocol.ts";
import { parseName, parsePath } from "../../paths.ts";
import { StoreError, type Store } from "../store.ts";
import { queryOf, tokenOf, type Allow } from "./access.ts";
import { answerFile } from "./answer-file.ts";
import { Places } from "./places.ts";
import { refusalOf, refuse, type Response } from "./refusal.ts";

const PREFIX = "/files/";
/** Downloads at a time; each has a block of 512 KiB, and a file that is open. */
const MAX_DOWNLOADS = 128;

/**
 * What somebody has uploaded is shown, and never let loose: no script, and an origin of its own, so that a page among the
 * files cannot act as ours (CSP's directive "sandbox").
 */
const fileHeaders = {
  "Content-Security-Policy":
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'",
  "X-Content-Type-Options": "nosniff",
  // To be kept by who asked for it, and asked about each time: the file may have changed.
  "Cache-Control": "private, no-cache",
  "Accept-Ranges": "bytes",
};

export interface LinkOptions {
  /** Downloads of one address at a time. */
  readonly maxTransfers: number;
  readonly allow?: Allow | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Answers requests under /files/, and leaves all others. */
export function fileLinks(store: Store, options: LinkOptions): HttpHandler {
  const places = new Places(options.maxTransfers);
  let downloads = 0;
  return async (request, response) => {
    const url = request.url ?? "/";
    const [pathname = "/"] = url.split("?", 1);
    if (!pathname.startsWith(PREFIX)) return false;
    for (const [name, value] of Object.entries(fileHeaders)) response.setHeader(name, value);
    let leave: (() => void) | undefined;
    downloads++;
    try {
      if (request.method !== "GET" && request.method !== "HEAD") refuseMethod(response);
      else if (downloads > MAX_DOWNLOADS)
        throw new StoreError("too-many", `${MAX_DOWNLOADS} downloads are under way; try again later`);
      else {
        leave = places.take(request.socket.remoteAddress ?? "");
        const path = decode(pathname.slice(PREFIX.length));
        await options.allow?.(tokenOf(request.headers.authorization, url), "read", path);
        if (pathname.endsWith("/")) await answerFolder(store, path, request, response);
        else {
          const file = await store.open(parseName(path));
          try {
            await answerFile(file, request, response, options.now());
          } finally {
            await file.close();
          }
        }
      }
    } catch (error) {
      const refusal = refusalOf(error);
      // Half an answer cannot be taken back: the connection ends before the announced length, and the client knows.
      if (refusal === undefined || response.headersSent) throw error;
      if (refusal.status === 401) response.setHeader("WWW-Authenticate", "Bearer");
      if (refusal.status === 503) response.setHeader("Retry-After", "5");
      refuse(response, refusal.status, refusal.sentence);
    } finally {
      downloads--;
      leave?.();
    }
    return true;
  };
}

/** For programs: a page of what is directly in a folder; `?after=PATH` is the next one. */
async function answerFolder(
  store: Store,
  path: string,
  request: Parameters<HttpHandler>[0],
  response: Response,
): Promise<void> {
  response.setHeader("Vary", "Accept");
  if (!/\bapplication\/json\b/i.test(request.headers.accept ?? ""))
    throw new StoreError("not-a-file", "this is a folder; its list is there for Accept: application/json");
  const after = queryOf(request.url ?? "").get("after");
  const page = await store.list(path, { limit: MAX_PAGE_ENTRIES, ...(after !== null && { after }) });
  const body = JSON.stringify({ entries: page.entries, more: page.more });
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
  });
  response.end(body);
}

function refuseMethod(response: Response): void {
  // A body that nobody wants is not read: the connection ends with the answer.
  response.setHeader("Connection", "close");
  response.setHeader("Allow", "GET, HEAD");
  refuse(response, 405, "Files are read here, with GET and HEAD; they are written at /uploads/.");
}

/** @throws StoreError, UsageError `bad-path`. */
function decode(encoded: string): string {
  let path: string;
  try {
    path = decodeURIComponent(encoded);
  } catch (cause) {
    throw new StoreError("bad-path", "this path is not percent-encoded UTF-8", { cause });
  }
  return parsePath(path.endsWith("/") ? path.slice(0, -1) : path);
}
