// Connects a TCP socket, with a deadline and a signal. Knows nothing of what is spoken over it.
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import type { Endpoint } from "../address/endpoint.ts";
import { canonicalHost } from "../address/host.ts";
import { ClosedError, TimeoutError, UsageError } from "../errors.ts";
import type { DialOptions } from "./network.ts";
import { openStreamSocket } from "./os/stream-socket.ts";
import { nodeOptions } from "./os/transport-options.ts";
import { translate } from "./system-errors.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** A connected TCP socket, half-open allowed. @throws what `Network.dial` throws. */
export async function dialStream(endpoint: Endpoint, options: DialOptions): Promise<Socket> {
  const { host, port } = endpoint;
  const from = options.localHost === undefined ? {} : { localAddress: options.localHost };
  const { sendBufferBytes, receiveBufferBytes, maxSegmentBytes } = options;
  // What is said in one tick leaves in one piece, so there is nothing for Nagle's algorithm to collect.
  const withDefaults = { noDelay: true, ...options };
  if (sendBufferBytes === undefined && receiveBufferBytes === undefined && maxSegmentBytes === undefined) {
    return settled(
      connect({ host, port, ...from, allowHalfOpen: true, ...nodeOptions(withDefaults) }),
      "connect",
      endpoint,
      options,
    );
  }
  // These must be in force before the first segment, so the descriptor is made for one known address.
  const address = await resolveHost(endpoint, options);
  const socket = openStreamSocket(address.family === 6 ? 6 : 4, withDefaults, { allowHalfOpen: true });
  return settled(socket.connect({ host: address.address, port, ...from }), "connect", endpoint, options);
}

/** The address that a host name has, within the deadline and unless aborted. */
export async function resolveHost(endpoint: Endpoint, options: DialOptions): Promise<LookupAddress> {
  const { signal, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const tooLate = AbortSignal.timeout(connectTimeoutMs);
  const giveUp = signal === undefined ? tooLate : AbortSignal.any([signal, tooLate]);
  // A look-up cannot be cancelled, only no longer waited for.
  const gaveUp = Promise.withResolvers<never>();
  const onAbort = (): void => {
    const error = signal?.aborted
      ? new ClosedError("aborted", "connecting was aborted", { cause: signal.reason })
      : new TimeoutError("connect-timed-out", `the name was not looked up within ${connectTimeoutMs} ms`);
    gaveUp.reject(error);
  };
  if (giveUp.aborted) onAbort();
  else giveUp.addEventListener("abort", onAbort);
  try {
    return await Promise.race([gaveUp.promise, lookup(endpoint.host)]);
  } catch (error) {
    throw translate(error as Error, "cannot connect to", endpoint);
  } finally {
    giveUp.removeEventListener("abort", onAbort);
  }
}

/** Waits for `event`; on failure, abort or deadline destroys the socket and throws. */
export function settled<S extends Socket>(
  socket: S,
  event: string,
  endpoint: Endpoint,
  options: DialOptions,
): Promise<S> {
  const { signal, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const finish = (outcome: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.off(event, onReady);
      socket.off("error", onError);
      socket.off("close", onClose);
      outcome();
    };
    const fail = (error: Error): void =>
      finish(() => {
        // A late error must not go unheard: nobody else listens any more.
        socket.on("error", () => {});
        socket.destroy();
        reject(translate(error, "cannot connect to", endpoint));
      });
    const onReady = (): void => finish(() => resolve(socket));
    const onError = (error: Error): void => fail(error);
    const onClose = (): void =>
      fail(new ClosedError("closed", "the remote side closed before the conversation began"));
    const onAbort = (): void =>
      fail(new ClosedError("aborted", "connecting was aborted", { cause: signal?.reason }));
    const timer = setTimeout(() => {
      fail(new TimeoutError("connect-timed-out", `no conversation within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    socket.once(event, onReady);
    socket.once("error", onError);
    socket.once("close", onClose);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
  });
}

/** The local end of a connected socket. */
export function localEnd(socket: Socket, endpoint: Endpoint): Endpoint {
  const { localAddress = "", localPort = 0 } = socket;
  return { transport: endpoint.transport, host: canonicalHost(localAddress), port: localPort, path: "" };
}

/** The remote end, by the address that a name turned out to have. */
export function remoteEnd(socket: Socket, endpoint: Endpoint): Endpoint {
  return { ...endpoint, host: canonicalHost(socket.remoteAddress ?? endpoint.host) };
}

/** Nothing listens at port 0: it asks for any free port. */
export function assertDialable(endpoint: Endpoint): void {
  if (endpoint.port !== 0) return;
  throw new UsageError(
    "bad-endpoint",
    "port 0 means any free port to a server; a client needs the port that the server got",
  );
}
