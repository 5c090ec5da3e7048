// What a network offers: dial an endpoint, listen at one, and its time. Real ones and virtual ones look the same.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Endpoint } from "../address/endpoint.ts";
import type { Clock } from "../clock.ts";
import type { TransportOptions } from "./os/transport-options.ts";
import type { Wire } from "./wire.ts";

/** The parts of a TLS identity, in PEM. */
export interface TlsOptions {
  /** The server's certificate chain and its private key; for a client, its own if it is asked for one. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Whom to trust, in place of the authorities that Node.js knows. */
  readonly ca?: string | Buffer;
  /** Client: accept any certificate. For trying things out: anybody could be the server. */
  readonly insecure?: boolean;
  /** Client: the name that the certificate must bear, if it is not the host's. */
  readonly serverName?: string;
}

export interface DialOptions extends TransportOptions {
  readonly signal?: AbortSignal | undefined;
  /** The address of this host to speak from, where it has several. Default: what the routes say. */
  readonly localHost?: string | undefined;
  /** How long each step may take until the conversation can begin: connecting, TLS, WebSocket. Default 10,000. */
  readonly connectTimeoutMs?: number;
  readonly tls?: TlsOptions | undefined;
  /** WebSocket: more headers of the handshake's request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** WebSocket: the subprotocol to ask for. */
  readonly subprotocol?: string;
}

export interface ListenOptions extends TransportOptions {
  /** How long a client may take for the handshakes of TLS and WebSocket. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
  readonly tls?: TlsOptions | undefined;
  /** WebSocket: which `Origin` a page may have; default: the server's own. Clients that are not pages send none. */
  readonly allowOrigin?: (origin: string, host: string) => boolean;
  /** WebSocket: the subprotocol to agree to when a client offers it. */
  readonly subprotocol?: string;
  /** WebSocket: answers the HTTP requests that arrive at the same port. Default: 426 and a sentence. */
  readonly onRequest?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** WebSocket: how often a silent client is asked whether it is there. 0: never. Default 30,000. */
  readonly heartbeatMs?: number;
  /** UDP: whether to answer a remote address at all. */
  readonly acceptDatagramFrom?: (remote: Endpoint) => boolean;
}

/** What a listener asks of its owner. */
export interface Doorkeeper {
  /** Asked before anything is spent on a new conversation: is there room? */
  admit(remoteHost: string): boolean;
  /** A conversation that was admitted is over. */
  release(remoteHost: string): void;
  /** A conversation has begun. */
  accept(wire: Wire): void;
  /** The listener broke after it had begun to listen. */
  failed(error: Error): void;
}

/** A place where a process waits to be contacted. */
export interface WireListener {
  /** With the port that it really has. */
  readonly endpoint: Endpoint;
  /** Waits no longer; the conversations go on. Settles when the place is free (UDP: and they are over). */
  close(): Promise<void>;
}

export interface Network {
  readonly clock: Clock;
  /** @throws ClosedError, TimeoutError: nobody there; UsageError: an endpoint or option that cannot be. */
  dial(endpoint: Endpoint, options: DialOptions): Promise<Wire>;
  /** @throws UsageError `address-in-use`, `no-such-address`, … */
  listen(endpoint: Endpoint, doorkeeper: Doorkeeper, options: ListenOptions): Promise<WireListener>;
}
