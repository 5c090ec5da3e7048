// TCP: a reliable, ordered stream of bytes without boundaries (RFC 9293). Knows nothing of messages.
import { createServer } from "node:net";
import type { Endpoint } from "../address/endpoint.ts";
import { dialStream, localEnd, remoteEnd } from "./dial-stream.ts";
import { NetWire } from "./net-wire.ts";
import type { DialOptions, Doorkeeper, ListenOptions, WireListener } from "./network.ts";
import { nodeOptions } from "./os/transport-options.ts";
import { Ends, listenWith } from "./stream-listener.ts";
import type { TransportTraits, Wire } from "./wire.ts";

const traits: TransportTraits = {
  name: "tcp",
  reliable: true,
  ordered: true,
  boundaries: false,
  maxMessageBytes: Infinity,
};

export async function dial(endpoint: Endpoint, options: DialOptions): Promise<Wire> {
  const socket = await dialStream(endpoint, options);
  return new NetWire(socket, traits, localEnd(socket, endpoint), remoteEnd(socket, endpoint));
}

export function listen(
  endpoint: Endpoint,
  doorkeeper: Doorkeeper,
  options: ListenOptions,
): Promise<WireListener> {
  const server = createServer({ allowHalfOpen: true, ...nodeOptions({ noDelay: true, ...options }) });
  const ends = new Ends(endpoint);
  server.on("connection", (socket) => {
    const at = ends.of(socket);
    if (at !== undefined && !socket.destroyed)
      doorkeeper.accept(new NetWire(socket, traits, at.local, at.remote));
  });
  return listenWith(server, ends, doorkeeper, options);
}
