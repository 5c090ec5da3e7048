// Brings one of Node.js's stream servers (net, tls, http, https) to listen, and guards its door. Knows no transport's handshake.
import { type AddressInfo, type Server, type Socket } from "node:net";
import type { Endpoint } from "../address/endpoint.ts";
import { canonicalHost } from "../address/host.ts";
import type { Doorkeeper, ListenOptions, WireListener } from "./network.ts";
import { applyListenerOptions } from "./os/stream-socket.ts";
import { translate } from "./system-errors.ts";

// A burst of clients waits in the kernel's queue rather than being turned away (it grants at most net.core.somaxconn).
const BACKLOG = 4096;

/** Listens with `server` at `endpoint`. Whoever is not admitted is cut off before anything is spent on it. */
export async function listenWith(
  server: Server,
  endpoint: Endpoint,
  doorkeeper: Doorkeeper,
  options: ListenOptions,
): Promise<WireListener> {
  server.prependListener("connection", (socket: Socket) => {
    const release = socket.remoteAddress && doorkeeper.admit(canonicalHost(socket.remoteAddress));
    if (release) socket.once("close", release);
    else socket.resetAndDestroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(translate(error, "cannot listen at", endpoint)));
    server.listen({ host: endpoint.host, port: endpoint.port, backlog: BACKLOG }, resolve);
  });
  try {
    applyListenerOptions(server, options);
  } catch (error) {
    server.close();
    throw error;
  }
  server.removeAllListeners("error");
  server.on("error", (error) => doorkeeper.failed(translate(error, "cannot go on listening at", endpoint)));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: { ...endpoint, port },
    close: () =>
      new Promise((resolve) => {
        server.close();
        // The port is free when the handle's own closing has been through the event loop.
        setImmediate(resolve);
      }),
  };
}

/** Both ends of an accepted `socket`; undefined if it is gone already. */
export function endsOf(
  socket: Socket,
  listening: Endpoint,
): { local: Endpoint; remote: Endpoint } | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || remotePort === undefined || localAddress === undefined) return undefined;
  const { transport } = listening;
  return {
    local: {
      transport,
      host: canonicalHost(localAddress),
      port: localPort ?? listening.port,
      path: listening.path,
    },
    remote: { transport, host: canonicalHost(remoteAddress), port: remotePort, path: "" },
  };
}
