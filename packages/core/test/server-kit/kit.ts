// What the tests of the server kit share: an echo protocol, a server that the test disposes, a log that can be read.
import { createServer, type AddressInfo } from "node:net";
import { defineProtocol, formatEndpoint, raw, type Payload } from "@socketlab/core";
import { createLog, serve, type Logger, type ServeOptions, type Server } from "@socketlab/core/server-kit";
import type { MessageSocket } from "@socketlab/core";

export const echo = defineProtocol({ name: "echo", version: 1, framing: raw({ maxBytes: 1024 * 1024 }) });

export type EchoSocket = MessageSocket<Payload, Payload>;

export async function handleEcho(socket: EchoSocket): Promise<void> {
  for await (const message of socket) await socket.send(message);
}

/** A log, and its entries as objects. */
export function readableLog(): { log: Logger; entries: Record<string, unknown>[] } {
  const entries: Record<string, unknown>[] = [];
  const log = createLog({
    pretty: false,
    destination: { write: (line) => void entries.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { log, entries };
}

export async function serveEcho(
  options: Partial<ServeOptions> = {},
  endpoints: string[] = ["ws://127.0.0.1:0"],
  handle: (socket: EchoSocket) => Promise<void> = handleEcho,
  protocol: typeof echo = echo,
): Promise<Server<Payload, Payload> & { url: string; http: string }> {
  const server = await serve(protocol, endpoints, handle, {
    name: "test",
    log: createLog({ level: "silent" }),
    ...options,
  });
  const url = formatEndpoint(server.endpoints[0]!);
  return Object.assign(server, { url, http: url.replace(/^ws/, "http") });
}

/** A port that something else holds. */
export async function busyPort(): Promise<{ port: number } & AsyncDisposable> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void holder.close(() => resolve())),
  };
}

/** Waits until `condition` holds; the test's own time-out bounds it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Reads, throws away, and closes at the end, as a client does that only waits for the end: an unread door does not see it. */
export function drain(socket: EchoSocket): void {
  void (async () => {
    for await (const _message of socket);
    await socket.close();
  })().catch(() => {});
}
