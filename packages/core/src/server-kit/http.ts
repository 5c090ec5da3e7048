// Answers the HTTP requests that arrive at a WebSocket endpoint: page, metrics, doors. Knows nothing of messages.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { MessageSocket } from "../socket/message-socket.ts";
import { findDoor, streamDoor } from "./doors.ts";
import { METRICS_TYPE, type Metrics } from "./metrics.ts";
import type { StaticFiles } from "./static-files.ts";

/** Nothing comes from elsewhere, nothing is inline, nobody frames it (Content Security Policy Level 3). */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
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
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  // Together these two isolate the page; then its clock is fine enough to measure round trips.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

// Somebody who asks and then does not read holds a place that somebody else could have.
const STALLED_MS = 30_000;

export interface HttpRooms {
  readonly metrics: Metrics;
  readonly page: StaticFiles | undefined;
  sockets(): Iterable<MessageSocket<unknown, never>>;
  /** For an error that no answer can tell. */
  onError(error: unknown): void;
}

export function answerHttp(rooms: HttpRooms): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    response.setTimeout(STALLED_MS, () => response.destroy());
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(rooms, request, response).catch((error: unknown) => {
      rooms.onError(error);
      response.destroy();
    });
  };
}

async function answer(rooms: HttpRooms, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A body that nobody wants is not read: the connection ends with the answer.
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Connection", "close");
    return refuse(response, 405, "Only GET and HEAD are known here.", { Allow: "GET, HEAD" });
  }
  const [pathname = "/"] = (request.url ?? "/").split("?", 1);
  if (pathname === "/metrics") {
    const text = await rooms.metrics.text();
    response.writeHead(200, {
      "Content-Type": METRICS_TYPE,
      "Cache-Control": "no-store",
      "Content-Length": Buffer.byteLength(text),
    });
    response.end(request.method === "HEAD" ? undefined : text);
    return;
  }
  if (pathname.startsWith("/doors/")) {
    const door = findDoor(rooms.sockets(), pathname.slice("/doors/".length));
    if (door === undefined || request.method === "HEAD")
      return refuse(response, 404, "There is no such conversation.");
    return streamDoor(door, response);
  }
  if (rooms.page?.(request, response, pathname)) return;
  if (rooms.page === undefined)
    return refuse(response, 426, "This door speaks WebSocket.", {
      Upgrade: "websocket",
      Connection: "Upgrade",
    });
  refuse(response, 404, "There is no such file.");
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
