// Brings one of Node.js's stream servers (net, tls, http, https) to listen, and guards its door. Knows no transport's handshake.
import { isIP, type AddressInfo, type Server, type Socket } from "node:net";
import type { Endpoint } from "../address/endpoint.ts";
import { canonicalHost } from "../address/host.ts";
import { isUnspecified } from "../address/kinds.ts";
import { localEnd } from "./dial-stream.ts";
import type { Doorkeeper, ListenOptions, WireListener } from "./network.ts";
import { applyListenerOptions } from "./os/stream-socket.ts";
import { translate } from "./system-errors.ts";

// A burst of clients waits in the kernel's queue rather than being turned away (it grants at most net.core.somaxconn).
const BACKLOG = 4096;

const guestOf: unique symbol = Symbol("guest");
const releaseOf: unique symbol = Symbol("release");

interface GuestSocket extends Socket {
  [guestOf]?: string;
  [releaseOf]?: (this: GuestSocket) => void;
}

/** Listens with `server` at `ends`. Whoever is not admitted is cut off before anything is spent on it. */
export async function listenWith(
  server: Server,
  ends: Ends,
  doorkeeper: Doorkeeper,
  options: ListenOptions,
): Promise<WireListener> {
  const { endpoint } = ends;
  // One function for all sockets: an idle connection costs no closure.
  function release(this: GuestSocket): void {
    if (this[guestOf] !== undefined) doorkeeper.release(this[guestOf]);
  }
  server.prependListener("connection", (socket: GuestSocket) => {
    const host = socket.remoteAddress === undefined ? undefined : canonicalHost(socket.remoteAddress);
    if (host === undefined || !doorkeeper.admit(host)) return void socket.resetAndDestroy();
    return watch(socket, host, release);
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
  return {
    endpoint: ends.bound((server.address() as AddressInfo).port),
    close: () =>
      new Promise((resolve) => {
        server.close();
        // The port is free when the handle's own closing has been through the event loop.
        setImmediate(resolve);
      }),
  };
}

function watch(socket: GuestSocket, host: string, release: (this: GuestSocket) => void): void {
  socket[guestOf] = host;
  socket[releaseOf] = release;
  socket.on("close", release);
}

/** The connection of `from` goes on as `to`: its host is released when that closes. */
export function handOver(from: GuestSocket, to: GuestSocket): void {
  const { [guestOf]: host, [releaseOf]: release } = from;
  if (host === undefined || release === undefined) return;
  from.off("close", release);
  watch(to, host, release);
}

/** Both ends of the sockets that one listener accepts. */
export class Ends {
  /** As it was asked for. */
  readonly endpoint: Endpoint;
  /** The local end of every socket; undefined while it differs from socket to socket. */
  #local: Endpoint | undefined;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  /** The listener is bound to this port. */
  bound(port: number): Endpoint {
    const listening = { ...this.endpoint, port };
    if (isIP(listening.host) !== 0 && !isUnspecified(listening.host)) this.#local = listening;
    return listening;
  }

  /** Undefined if the socket is gone already. */
  of(socket: Socket): { local: Endpoint; remote: Endpoint } | undefined {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) return undefined;
    const { transport } = this.endpoint;
    const local = this.#local ?? localEnd(socket, this.endpoint);
    return { local, remote: { transport, host: canonicalHost(remoteAddress), port: remotePort, path: "" } };
  }
}
