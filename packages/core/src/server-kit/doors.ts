// Shows a page the server's side of its own conversation: a stream of DoorStates (server-sent events). Knows no protocol.
import type { ServerResponse } from "node:http";
import type { MessageSocket } from "../socket/message-socket.ts";

const PERIOD_MS = 250;
/** Long enough that nobody guesses another's: 16 characters of base64url are 96 bits. */
const tokenRule = /^[\w-]{16,128}$/;

/** The conversation that was begun at a path ending with this token, if there is one. */
export function findDoor<Socket extends MessageSocket<unknown, never>>(
  sockets: Iterable<Socket>,
  token: string,
): Socket | undefined {
  if (!tokenRule.test(token)) return undefined;
  for (const socket of sockets) if (socket.local.path.endsWith(`/${token}`)) return socket;
  return undefined;
}

/**
 * Sends `DoorState` as JSON four times a second until either the conversation or the reader is gone; at its end, the
 * event `closed`. A reader that does not keep up misses states and is never waited for.
 */
export function streamDoor(socket: MessageSocket<unknown, never>, response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const show = (): void => {
    if (!response.writableNeedDrain) response.write(`data: ${JSON.stringify(socket.inspect())}\n\n`);
  };
  show();
  const timer = setInterval(show, PERIOD_MS);
  response.once("close", () => clearInterval(timer));
  void socket.closed.then(() => {
    clearInterval(timer);
    return response.end("event: closed\ndata: {}\n\n");
  });
}
