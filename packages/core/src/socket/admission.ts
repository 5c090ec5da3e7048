// Counts who is inside, and turns away who is one too many. Knows nothing of sockets.

export interface AdmissionLimits {
  /** Conversations at a time. Default 20,000. */
  readonly maxConnections?: number;
  /** Conversations at a time from one IP address. Default: no limit but `maxConnections`. */
  readonly maxConnectionsPerAddress?: number;
}

export class Admission {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #perAddress = new Map<string, number>();
  inside = 0;
  /** How many have been turned away. */
  refused = 0;

  constructor({ maxConnections = 20_000, maxConnectionsPerAddress = Infinity }: AdmissionLimits) {
    this.#max = maxConnections;
    this.#maxPerAddress = maxConnectionsPerAddress;
  }

  /** Whether there is room; if so, `release` must be called once, when the conversation is over. */
  admit(address: string): boolean {
    const fromThere = this.#perAddress.get(address) ?? 0;
    if (this.inside >= this.#max || fromThere >= this.#maxPerAddress) {
      this.refused++;
      return false;
    }
    this.inside++;
    this.#perAddress.set(address, fromThere + 1);
    return true;
  }

  release(address: string): void {
    this.inside--;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }
}
