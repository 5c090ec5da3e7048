// Finds the operating system's descriptor behind a socket of Node.js. Knows nothing of what is done with it.
import type { Server, Socket } from "node:net";

/**
 * The descriptor of a TCP or TLS socket, or of a listening server.
 *
 * A TLS socket answers with that of the TCP connection under it. For UDP none is needed: see `datagram.ts`.
 * Ask again for each use and do not keep the number: once the socket is closed, the system gives it to the next one.
 *
 * @returns undefined if there is none: not connected yet, closed, not on a TCP socket, or Windows.
 */
export function descriptorOf(socket: Socket | Server): number | undefined {
  // Undocumented, so nothing about it is taken for granted.
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null || !("fd" in handle)) return undefined;
  return typeof handle.fd === "number" && handle.fd >= 0 ? handle.fd : undefined;
}
