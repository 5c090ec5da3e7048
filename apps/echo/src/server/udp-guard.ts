// Decides whether a datagram is answered. A datagram's source may be forged, so an echo server is a weapon: two of them
// answer each other for ever, and a stranger is hit by answers that he never asked for. No I/O; time is handed in.
import { isLimitedBroadcast, isMulticast, isUdpReflectorPort, type Endpoint } from "@socketlab/core";

// A source costs about a hundred bytes: 10,000 of them a megabyte.
const MAX_SOURCES = 10_000;

export interface UdpGuardOptions {
  /** Answers per second to one source address; as many at once. Infinity: no limit. */
  readonly ratePerSecond: number;
  /** Addresses that stand for everybody on a network of this machine. */
  readonly broadcasts?: ReadonlySet<string>;
  readonly now: () => number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export class UdpGuard {
  /** UDP ports of this server; one of them as a source would be the server talking to itself. */
  readonly ownPorts: Set<number> = new Set();
  /** Datagrams that were not answered because their source asks too often. */
  limited = 0;
  readonly #options: UdpGuardOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: UdpGuardOptions) {
    this.#options = options;
  }

  /** Whether this source is one that a client could have. */
  accepts({ host, port }: Endpoint): boolean {
    if (port === 0 || this.ownPorts.has(port) || isUdpReflectorPort(port)) return false;
    return !isMulticast(host) && !isLimitedBroadcast(host) && !this.#options.broadcasts?.has(host);
  }

  /** Takes a token from the source's bucket; false when it is empty. */
  mayAnswerNow(host: string): boolean {
    const { ratePerSecond, now } = this.#options;
    if (ratePerSecond === Infinity) return true;
    const nowMs = now();
    const bucket = this.#buckets.get(host) ?? this.#newBucket(nowMs);
    if (bucket === undefined) return this.#refuse();
    bucket.tokens = Math.min(ratePerSecond, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * ratePerSecond);
    bucket.atMs = nowMs;
    // Last used, last in the map: so the first is the one that has been quiet the longest.
    this.#buckets.delete(host);
    this.#buckets.set(host, bucket);
    if (bucket.tokens < 1) return this.#refuse();
    bucket.tokens--;
    return true;
  }

  /** Undefined: everybody whom we remember has asked within this second, so newcomers have to wait. */
  #newBucket(nowMs: number): Bucket | undefined {
    if (this.#buckets.size >= MAX_SOURCES) {
      const [quietest] = this.#buckets;
      // After a second a bucket is full again: forgetting it forgets nothing.
      if (quietest === undefined || nowMs - quietest[1].atMs < 1000) return undefined;
      this.#buckets.delete(quietest[0]);
    }
    return { tokens: this.#options.ratePerSecond, atMs: nowMs };
  }

  #refuse(): false {
    this.limited++;
    return false;
  }
}
