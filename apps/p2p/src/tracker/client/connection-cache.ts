// The connection ids that UDP trackers have given, for the minute that they may be used (BEP 15). Asks for none.
const VALID_MS = 60_000;
/** Nobody has so many trackers within a minute. */
const MAX_IDS = 1000;

export class ConnectionCache {
  readonly #ids = new Map<string, { readonly id: bigint; readonly untilMs: number }>();

  /** @param key whom, and from where: an id is given to an address. */
  get(key: string, nowMs: number): bigint | undefined {
    const known = this.#ids.get(key);
    if (known === undefined || known.untilMs > nowMs) return known?.id;
    this.#ids.delete(key);
    return undefined;
  }

  set(key: string, id: bigint, nowMs: number): void {
    if (this.#ids.size >= MAX_IDS) this.#ids.clear();
    this.#ids.set(key, { id, untilMs: nowMs + VALID_MS });
  }

  forget(key: string): void {
    this.#ids.delete(key);
  }
}
