// What several shared messages make together: joined once for all outlets that were told the same. Knows no outlet.
import { joined } from "../framing/byte-output.ts";

/**
 * Framed messages in a row. Whoever appends the same message to the same run gets the same run, so that a thousand
 * outlets which were told the same sixteen messages in a tick hand one piece of memory to their wires.
 */
export class SharedRun {
  readonly length: number;
  readonly #before: SharedRun | undefined;
  readonly #last: Uint8Array;
  #bytes: Uint8Array | undefined;
  #next: SharedRun | undefined;

  constructor(last: Uint8Array, before?: SharedRun) {
    this.#last = last;
    this.#before = before;
    this.length = last.length + (before === undefined ? 0 : before.length);
  }

  followedBy(framed: Uint8Array): SharedRun {
    if (this.#next === undefined || this.#next.#last !== framed) this.#next = new SharedRun(framed, this);
    return this.#next;
  }

  /** Not to be changed. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= joined(this.#pieces()));
  }

  #pieces(): Uint8Array[] {
    const pieces = [this.#last];
    for (let run = this.#before; run !== undefined; run = run.#before) pieces.push(run.#last);
    return pieces.toReversed();
  }
}
