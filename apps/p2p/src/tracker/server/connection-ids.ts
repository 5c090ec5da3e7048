// Proof that whoever sends from an address also receives there (BEP 15): a number that is remembered by nobody. Knows no datagram.
import { createHmac, timingSafeEqual } from "node:crypto";

const PERIOD_MS = 60_000;
/** Periods after the one in which it was given: valid for two minutes at least, three at most. */
const VALID_PERIODS = 2;

export class ConnectionIds {
  readonly #secret: Uint8Array;
  readonly #now: () => number;

  /** @param secret of this process alone, 32 bytes. */
  constructor(secret: Uint8Array, now: () => number) {
    this.#secret = secret;
    this.#now = now;
  }

  give(host: string): bigint {
    return this.#of(host, this.#period).readBigUInt64BE();
  }

  isValid(host: string, connectionId: bigint): boolean {
    const given = Buffer.alloc(8);
    given.writeBigUInt64BE(connectionId);
    const last = this.#period;
    for (let period = last; period >= last - VALID_PERIODS; period--)
      if (timingSafeEqual(given, this.#of(host, period))) return true;
    return false;
  }

  get #period(): number {
    return Math.floor(this.#now() / PERIOD_MS);
  }

  #of(host: string, period: number): Buffer {
    return createHmac("sha256", this.#secret).update(`${period} ${host}`).digest().subarray(0, 8);
  }
}
