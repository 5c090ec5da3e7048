// Two TCP sockets of this process that talk over loopback, for the tests of this folder.
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, Socket, type Server } from "node:net";
import { descriptorOf } from "../../src/transports/os/descriptor.ts";
import { applyListenerOptions, openStreamSocket } from "../../src/transports/os/stream-socket.ts";
import { nodeOptions, type TransportOptions } from "../../src/transports/os/transport-options.ts";

export const linux: boolean = process.platform === "linux";

export const addresses = { 4: "127.0.0.1", 6: "::1" } as const;

export async function startServer(
  options: TransportOptions = {},
  host: string = addresses[4],
): Promise<Server> {
  const server = createServer(nodeOptions(options)).listen(0, host);
  await once(server, "listening");
  applyListenerOptions(server, options);
  return server;
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("The server does not listen on a port.");
  return address.port;
}

export interface Pair extends AsyncDisposable {
  readonly client: Socket;
  readonly accepted: Socket;
  readonly server: Server;
}

/** Connects a socket with `clientOptions` to a server with `serverOptions`. Disposing closes all three. */
export async function connectPair(
  clientOptions: TransportOptions = {},
  serverOptions: TransportOptions = {},
  family: 4 | 6 = 4,
): Promise<Pair> {
  const server = await startServer(serverOptions, addresses[family]);
  const arriving = once(server, "connection");
  const client = openStreamSocket(family, clientOptions);
  client.connect(portOf(server), addresses[family]);
  await once(client, "connect");
  const accepted: unknown = (await arriving)[0];
  if (!(accepted instanceof Socket)) throw new Error("The server gave something else than a socket.");
  return {
    client,
    accepted,
    server,
    async [Symbol.asyncDispose]() {
      const ends = [client, accepted]
        .filter((socket) => !socket.closed)
        .map((socket) => once(socket, "close"));
      client.destroy();
      accepted.destroy();
      if (server.listening) ends.push(once(server.close(), "close"));
      await Promise.all(ends);
    },
  };
}

/** Sends `bytes` from one end, and waits until the other has read them all. */
export async function transfer(from: Socket, to: Socket, bytes: number): Promise<void> {
  from.write(new Uint8Array(bytes));
  for (let left = bytes; left > 0;) {
    const [chunk] = await once(to, "data");
    left -= chunk.length;
  }
}

export function fdOf(socket: Socket | Server): number {
  const fd = descriptorOf(socket);
  if (fd === undefined) throw new Error("The socket has no descriptor.");
  return fd;
}

/** How many sockets this process has open. Linux only. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
