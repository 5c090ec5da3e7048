// Waits to be contacted: the server's side. Knows no transport by name.
import { parseEndpoint, type Endpoint } from "../address/endpoint.ts";
import type { Protocol } from "../messages/protocol.ts";
import { realNetwork } from "../network/real.ts";
import type { ListenOptions as WireListenOptions, Network, WireListener } from "../transports/network.ts";
import type { Wire } from "../transports/wire.ts";
import { Admission, type AdmissionLimits } from "./admission.ts";
import { every, type Timer } from "../clock.ts";
import { Door, IDLE_CHECKS } from "./door.ts";
import type { ConversationOptions, MessageSocket } from "./message-socket.ts";

export interface ListenOptions extends WireListenOptions, ConversationOptions, AdmissionLimits {
  /** Stops listening and closes every conversation, orderly. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the real one. */
  readonly network?: Network;
}

// A conversation in which nobody says anything holds a place that somebody else could have.
const IDLE_TIMEOUT_MS = 5 * 60_000;

/** A place where this process waits to be contacted. Iterate it: each round is a new conversation. */
export interface MessageListener<In, Out> extends AsyncIterable<MessageSocket<In, Out>>, AsyncDisposable {
  /** With the port that it really has. */
  readonly endpoint: Endpoint;
  /** The conversations that are open now. */
  readonly sockets: ReadonlySet<MessageSocket<In, Out>>;
  /** How many were turned away because there was no room. */
  readonly refused: number;
  /** Stops listening and closes every conversation, orderly; the iteration ends. */
  close(reason?: string): Promise<void>;
}

/**
 * Listens at `endpoint` (port 0: any free one). Conversations that nobody iterates over still begin: iterate.
 *
 * @throws UsageError `address-in-use`, `no-such-address`, `not-permitted`, `tls-identity-missing`, `option-…`.
 */
export async function listen<FromClient, FromServer>(
  protocol: Protocol<FromClient, FromServer>,
  endpoint: string | Endpoint,
  options: ListenOptions = {},
): Promise<MessageListener<FromClient, FromServer>> {
  const { network = realNetwork } = options;
  const listener = new Listener<FromClient, FromServer>(protocol, network, options);
  await listener.open(typeof endpoint === "string" ? parseEndpoint(endpoint) : endpoint);
  return listener;
}

type Accepted<In, Out> = IteratorResult<MessageSocket<In, Out>, undefined>;

class Listener<In, Out> implements MessageListener<In, Out> {
  readonly sockets = new Set<Door<In, Out>>();
  readonly #protocol: Protocol<In, Out>;
  readonly #network: Network;
  readonly #options: ListenOptions;
  readonly #admission: Admission;
  #wireListener!: WireListener;
  /** Begun and not yet taken by the iteration; bounded, since each has been admitted. */
  #waiting: Door<In, Out>[] = [];
  /** Who iterates and waits, first come, first served. */
  #readers: PromiseWithResolvers<Accepted<In, Out>>[] = [];
  #closing: Promise<void> | undefined;
  #idleTimer: Timer | undefined;
  #error: Error | undefined;

  constructor(protocol: Protocol<In, Out>, network: Network, options: ListenOptions) {
    this.#protocol = protocol;
    this.#network = network;
    this.#options = { idleTimeoutMs: IDLE_TIMEOUT_MS, subprotocol: protocol.name, ...options };
    this.#admission = new Admission(options);
  }

  async open(endpoint: Endpoint): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    this.#wireListener = await this.#network.listen(
      endpoint,
      {
        admit: (host) => this.#admission.admit(host),
        release: (host) => this.#admission.release(host),
        accept: (wire) => this.#accept(wire),
        failed: (error) => {
          this.#error = error;
          void this.close();
        },
      },
      this.#options,
    );
    const { idleTimeoutMs = 0 } = this.#options;
    if (idleTimeoutMs > 0) {
      this.#idleTimer = every(this.#network.clock, idleTimeoutMs / IDLE_CHECKS, () => {
        for (const socket of this.sockets) socket.checkIdle(idleTimeoutMs);
      });
    }
    if (signal?.aborted) await this.close();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get endpoint(): Endpoint {
    return this.#wireListener.endpoint;
  }

  get refused(): number {
    return this.#admission.refused;
  }

  close(reason?: string): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<MessageSocket<In, Out>, undefined> {
    return { next: () => this.#next() };
  }

  readonly #onAbort = (): void => void this.close();

  async #close(reason?: string): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    const stopped = this.#wireListener.close();
    for (const reader of this.#readers.splice(0)) {
      if (this.#error === undefined) reader.resolve({ value: undefined, done: true });
      else reader.reject(this.#error);
    }
    await Promise.all([stopped, ...[...this.sockets].map((socket) => socket.close(reason))]);
    this.#idleTimer?.clear();
  }

  #next(): Promise<Accepted<In, Out>> {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return Promise.resolve({ value: waiting, done: false });
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#closing !== undefined) return Promise.resolve({ value: undefined, done: true });
    const reader = Promise.withResolvers<Accepted<In, Out>>();
    this.#readers.push(reader);
    return reader.promise;
  }

  readonly #leave = (door: Door<In, Out>): void => void this.sockets.delete(door);

  #accept(wire: Wire): void {
    if (this.#closing !== undefined) return wire.destroy();
    const door = new Door<In, Out>(
      wire,
      this.#protocol as never,
      "server",
      this.#network.clock,
      this.#options,
      this.#leave,
    );
    this.sockets.add(door);
    const reader = this.#readers.shift();
    if (reader === undefined) this.#waiting.push(door);
    else reader.resolve({ value: door, done: false });
  }
}
