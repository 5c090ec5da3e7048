// TLS over TCP: the same stream of bytes, private and with a name that is vouched for (RFC 8446). Knows nothing of messages.
import { isIP, type Socket } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import type { Endpoint } from "../address/endpoint.ts";
import { UsageError } from "../errors.ts";
import { dialStream, localEnd, remoteEnd, settled } from "./dial-stream.ts";
import { NetWire } from "./net-wire.ts";
import type { DialOptions, Doorkeeper, ListenOptions, TlsOptions, WireListener } from "./network.ts";
import { nodeOptions } from "./os/transport-options.ts";
import { Ends, listenWith } from "./stream-listener.ts";
import type { TransportTraits, Wire } from "./wire.ts";

const traits: TransportTraits = {
  name: "tls",
  reliable: true,
  ordered: true,
  boundaries: false,
  maxMessageBytes: Infinity,
};

export const HANDSHAKE_TIMEOUT_MS: number = 10_000;

export async function dial(endpoint: Endpoint, options: DialOptions): Promise<Wire> {
  const socket = await secure(await dialStream(endpoint, options), endpoint, options);
  return new NetWire(socket, traits, localEnd(socket, endpoint), remoteEnd(socket, endpoint));
}

/** Makes a connected TCP socket private. */
export function secure(socket: Socket, endpoint: Endpoint, options: DialOptions): Promise<TLSSocket> {
  const { ca, cert, key, insecure = false, serverName = endpoint.host } = options.tls ?? {};
  const secured = connect({
    socket,
    // An IP address is no server name (RFC 6066 §3), but the certificate must bear it all the same.
    ...(isIP(serverName) === 0 && { servername: serverName }),
    host: serverName,
    rejectUnauthorized: !insecure,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
  return settled(secured, "secureConnect", endpoint, options);
}

export function listen(
  endpoint: Endpoint,
  doorkeeper: Doorkeeper,
  options: ListenOptions,
): Promise<WireListener> {
  const server = createServer({
    allowHalfOpen: true,
    handshakeTimeout: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
    ...identity(endpoint, options.tls),
    ...nodeOptions({ noDelay: true, ...options }),
  });
  const ends = new Ends(endpoint);
  server.on("secureConnection", (socket) => {
    const at = ends.of(socket);
    if (at !== undefined) doorkeeper.accept(new NetWire(socket, traits, at.local, at.remote));
  });
  // A failed handshake is that client's trouble alone.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return listenWith(server, ends, doorkeeper, options);
}

/** The server's certificate and key. @throws UsageError `tls-identity-missing`. */
export function identity(
  endpoint: Endpoint,
  tls: TlsOptions | undefined,
): { cert: string | Buffer; key: string | Buffer } {
  const { cert, key } = tls ?? {};
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new UsageError(
    "tls-identity-missing",
    `a ${endpoint.transport}:// server needs a certificate and its private key`,
  );
}
