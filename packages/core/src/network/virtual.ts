// A network inside this process, in real or virtual time, with seeded faults: rate, delay, loss, splits, resets.
// Knows nothing of messages; what it carries is real wires' bytes.
import { formatEndpoint, type Endpoint } from "../address/endpoint.ts";
import type { Clock } from "../clock.ts";
import { ClosedError, UsageError } from "../errors.ts";
import type { DialOptions, Doorkeeper, Network, WireListener } from "../transports/network.ts";
import type { Wire } from "../transports/wire.ts";
import { type Random, seededRandom } from "./random.ts";
import { virtualPair } from "./virtual-wire.ts";

/** What a path does to what is sent over it; the same in both directions. All default to nothing. */
export interface PathFaults {
  /** One way. */
  readonly delayMs?: number;
  /** Added to the delay of each piece, evenly from 0. Datagrams overtake each other by it; streams do not. */
  readonly jitterMs?: number;
  /** Of each direction. */
  readonly rateBytesPerSecond?: number;
  /** The share of datagrams that vanish, 0 to 1. A stream sends again instead: each loss costs it one more round trip. */
  readonly loss?: number;
  /** The share of datagrams that arrive twice, 0 to 1. */
  readonly duplicate?: number;
  /** Streams: cut what is written into pieces of 1 to this many bytes. */
  readonly splitBytes?: number;
  /** Streams: the chance that a piece resets the connection instead of arriving, 0 to 1. */
  readonly reset?: number;
}

export interface VirtualNetworkOptions {
  readonly clock: Clock;
  /** The same seed and the same calls give the same run. Default 1. */
  readonly seed?: number;
  /** For every path, or chosen by its two ends. */
  readonly faults?: PathFaults | ((client: Endpoint, server: Endpoint) => PathFaults);
}

const FIRST_EPHEMERAL_PORT = 49_152;

export class VirtualNetwork implements Network {
  readonly clock: Clock;
  readonly #random: Random;
  readonly #faultsOf: (client: Endpoint, server: Endpoint) => PathFaults;
  readonly #listeners = new Map<string, { doorkeeper: Doorkeeper; endpoint: Endpoint }>();
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor({ clock, seed = 1, faults = {} }: VirtualNetworkOptions) {
    this.clock = clock;
    this.#random = seededRandom(seed);
    this.#faultsOf = typeof faults === "function" ? faults : () => faults;
  }

  async dial(
    endpoint: Endpoint,
    { signal, localHost }: Pick<DialOptions, "signal" | "localHost"> = {},
  ): Promise<Wire> {
    if (signal?.aborted) throw new ClosedError("aborted", "connecting was aborted", { cause: signal.reason });
    const listener = this.#listeners.get(keyOf(endpoint));
    const local: Endpoint = {
      transport: endpoint.transport,
      host: localHost ?? "127.0.0.1",
      port: this.#takePort(),
      path: "",
    };
    const faults = this.#faultsOf(local, endpoint);
    if (listener === undefined && endpoint.transport !== "udp") throw refused(endpoint);
    const [client, server] = virtualPair(local, endpoint, faults, this.clock, this.#random);
    if (listener === undefined) {
      client.destroy();
      return client;
    }
    const { doorkeeper } = listener;
    if (!doorkeeper.admit(local.host)) throw refused(endpoint);
    server.onGone(() => doorkeeper.release(local.host));
    doorkeeper.accept(server);
    return client;
  }

  async listen(endpoint: Endpoint, doorkeeper: Doorkeeper): Promise<WireListener> {
    const real: Endpoint = endpoint.port === 0 ? { ...endpoint, port: this.#takePort() } : endpoint;
    const key = keyOf(real);
    if (this.#listeners.has(key)) {
      throw new UsageError(
        "address-in-use",
        `cannot listen at ${formatEndpoint(real)}: something listens there already`,
      );
    }
    this.#listeners.set(key, { doorkeeper, endpoint: real });
    return { endpoint: real, close: async () => void this.#listeners.delete(key) };
  }

  #takePort(): number {
    return this.#nextPort++;
  }
}

function keyOf({ transport, host, port }: Endpoint): string {
  return `${transport} ${host} ${port}`;
}

function refused(endpoint: Endpoint): ClosedError {
  return new ClosedError("refused", `cannot connect to ${formatEndpoint(endpoint)}: nothing listens there`);
}
