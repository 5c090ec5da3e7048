// WebSocket: dial and listen; over TCP (ws) or TLS (wss). The HTTP server at the same port answers what is no WebSocket.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Endpoint } from "../address/endpoint.ts";
import { realClock } from "../clock.ts";
import { ClosedError, TimeoutError } from "../errors.ts";
import { dialStream, localEnd, remoteEnd } from "./dial-stream.ts";
import { Heartbeats } from "./heartbeats.ts";
import { NetWire } from "./net-wire.ts";
import type { DialOptions, Doorkeeper, ListenOptions, WireListener } from "./network.ts";
import { nodeOptions } from "./os/transport-options.ts";
import { Ends, listenWith } from "./stream-listener.ts";
import { HANDSHAKE_TIMEOUT_MS, identity, secure } from "./tls.ts";
import { answerUpgrade, requestUpgrade } from "./websocket-handshake.ts";
import { WebSocketWire } from "./websocket-wire.ts";
import type { TransportTraits, Wire } from "./wire.ts";

const HEARTBEAT_MS = 30_000;
// When the listener closes, an HTTP answer under way has this long; who has not even finished asking, no longer.
const LAST_ANSWERS_MS = 1000;

function traitsOf(name: "ws" | "wss"): TransportTraits {
  return { name, reliable: true, ordered: true, boundaries: true, maxMessageBytes: Infinity };
}
const traits: Record<string, TransportTraits> = { ws: traitsOf("ws"), wss: traitsOf("wss") };

export async function dial(endpoint: Endpoint, options: DialOptions): Promise<Wire> {
  const connected = await dialStream(endpoint, options);
  const stream = endpoint.transport === "wss" ? await secure(connected, endpoint, options) : connected;
  const ends = [localEnd(stream, endpoint), remoteEnd(stream, endpoint)] as const;
  const { socket, head } = await within(requestUpgrade(stream, endpoint, options), stream, options);
  if (head.length > 0) socket.unshift(head);
  const wireTraits = traits[endpoint.transport]!;
  return new WebSocketWire(new NetWire(socket, wireTraits, ...ends), wireTraits, "client");
}

/** The handshake's outcome; on abort or at the deadline the socket goes, and the sentence says why. */
async function within<T>(handshake: Promise<T>, socket: Socket, options: DialOptions): Promise<T> {
  const { signal, connectTimeoutMs = HANDSHAKE_TIMEOUT_MS } = options;
  const abandoned = Promise.withResolvers<never>();
  const abandon = (error: Error): void => {
    abandoned.reject(error);
    socket.destroy();
  };
  const onAbort = (): void =>
    abandon(new ClosedError("aborted", "connecting was aborted", { cause: signal?.reason }));
  const timer = setTimeout(() => {
    abandon(new TimeoutError("connect-timed-out", `no WebSocket handshake within ${connectTimeoutMs} ms`));
  }, connectTimeoutMs);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([abandoned.promise, handshake]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

export async function listen(
  endpoint: Endpoint,
  doorkeeper: Doorkeeper,
  options: ListenOptions,
): Promise<WireListener> {
  const {
    handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS,
    heartbeatMs = HEARTBEAT_MS,
    onRequest = upgradeRequired,
  } = options;
  const serverOptions = {
    headersTimeout: handshakeTimeoutMs,
    // What follows the head may be a large file: whoever answers it watches over that.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.max(100, handshakeTimeoutMs / 4),
    ...nodeOptions({ noDelay: true, ...options }),
  };
  const server =
    endpoint.transport === "wss"
      ? createHttpsServer(
          { ...serverOptions, handshakeTimeout: handshakeTimeoutMs, ...identity(endpoint, options.tls) },
          onRequest,
        )
      : createHttpServer(serverOptions, onRequest);
  const wireTraits = traits[endpoint.transport]!;
  const ends = new Ends(endpoint);
  const heartbeats = new Heartbeats(realClock, heartbeatMs);
  server.on("upgrade", (incoming, duplex, head) => {
    const socket = duplex as Socket;
    // Until a wire takes over, an error of this client is nobody else's.
    socket.on("error", ignore);
    const at = ends.of(socket);
    if (at === undefined || !answerUpgrade(incoming, socket, options)) return;
    socket.setTimeout(0);
    socket.allowHalfOpen = true;
    if (head.length > 0) socket.unshift(head);
    const local = { ...at.local, path: incoming.url ?? "/" };
    const stream = new NetWire(socket, wireTraits, local, at.remote);
    socket.off("error", ignore);
    doorkeeper.accept(new WebSocketWire(stream, wireTraits, "server", heartbeats));
  });
  const listener = await listenWith(server, ends, doorkeeper, options);
  return {
    endpoint: listener.endpoint,
    close: async () => {
      await listener.close();
      setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
    },
  };
}

function ignore(): void {}

function upgradeRequired(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { "Content-Type": "text/plain", Connection: "close", Upgrade: "websocket" });
  response.end("This door speaks WebSocket.\n");
}
