// Answers the HTTP requests that arrive at a WebSocket endpoint: metrics, doors, the app's own, page. Knows nothing of messages.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { MessageSocket } from "../socket/message-socket.ts";
import { findDoor, streamDoor } from "./doors.ts";
import { METRICS_TYPE, type Metrics } from "./metrics.ts";
import type { StaticFiles } from "./static-files.ts";

/** Nothing comes from elsewhere, nothing is inline, nobody frames it (Content Security Policy Level 3). */
const policy = (runsWasm: boolean): string =>
  [
    "default-src 'none'",
    `script-src 'self'${runsWasm ? " 'wasm-unsafe-eval'" : ""}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

const headers = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  // Together these two isolate the page; then its clock is fine enough to measure round trips.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

// Somebody who asks and then does not read, or does not finish asking, holds a place that somebody else could have.
const STALLED_MS = 30_000;

/**
 * An app's own answers. Every method arrives here; what is sent instead of the page's headers (a Content-Security-Policy,
 * say) replaces them.
 * @returns whether it has answered, or will; then nobody else does. What it throws is logged, and the connection ends.
 */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export interface HttpRooms {
  readonly metrics: Metrics;
  readonly page: StaticFiles | undefined;
  readonly pageRunsWasm: boolean;
  readonly onRequest: HttpHandler | undefined;
  /** How long a client may keep us waiting; default 30,000. */
  readonly stalledTimeoutMs: number | undefined;
  sockets(): Iterable<MessageSocket<unknown, never>>;
  /** For an error that no answer can tell. */
  onError(error: unknown): void;
}

/** @returns what answers a request; it settles when that is done, and never rejects. */
export function answerHttp(
  rooms: HttpRooms,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const allHeaders = Object.entries({
    "Content-Security-Policy": policy(rooms.pageRunsWasm),
    ...headers,
  });
  return async (request, response) => {
    watchStalling(request, response, rooms.stalledTimeoutMs ?? STALLED_MS);
    for (const [name, value] of allHeaders) response.setHeader(name, value);
    try {
      await answer(rooms, request, response);
    } catch (error) {
      rooms.onError(error);
      response.destroy();
    }
  };
}

/** Cuts off a client that neither reads nor sends what it still has to; one that waits for us is left alone. */
function watchStalling(request: IncomingMessage, response: ServerResponse, stalledMs: number): void {
  // The time begins anew with every byte that moves, in either direction.
  response.setTimeout(stalledMs, () => {
    // What has arrived and has not been taken is our slowness, not the client's.
    const waitsForUs = response.writableLength === 0 && (request.complete || request.readableLength > 0);
    if (!waitsForUs) response.destroy();
    else if (!response.writableFinished) response.setTimeout(stalledMs);
  });
}

async function answer(rooms: HttpRooms, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [pathname = "/"] = (request.url ?? "/").split("?", 1);
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && (await answerKit(rooms, request, response, pathname))) return;
  if (await rooms.onRequest?.(request, response)) return;
  if (!isRead) {
    // A body that nobody wants is not read: the connection ends with the answer.
    response.setHeader("Connection", "close");
    return refuse(response, 405, "Only GET and HEAD are known here.", { Allow: "GET, HEAD" });
  }
  if (rooms.page?.(request, response, pathname)) return;
  if (rooms.page === undefined)
    return refuse(response, 426, "This door speaks WebSocket.", {
      Upgrade: "websocket",
      Connection: "Upgrade",
    });
  refuse(response, 404, "There is no such file.");
}

/** What every server tells of itself. @returns whether that was asked for. */
async function answerKit(
  rooms: HttpRooms,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
): Promise<boolean> {
  if (pathname === "/metrics") {
    const text = await rooms.metrics.text();
    response.writeHead(200, {
      "Content-Type": METRICS_TYPE,
      "Cache-Control": "no-store",
      "Content-Length": Buffer.byteLength(text),
    });
    response.end(request.method === "HEAD" ? undefined : text);
    return true;
  }
  if (!pathname.startsWith("/doors/")) return false;
  const door = findDoor(rooms.sockets(), pathname.slice("/doors/".length));
  if (door === undefined || request.method === "HEAD")
    refuse(response, 404, "There is no such conversation.");
  else streamDoor(door, response);
  return true;
}

function refuse(
  response: ServerResponse,
  status: number,
  sentence: string,
  more: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": sentence.length + 1,
    ...more,
  });
  response.end(`${sentence}\n`);
}
