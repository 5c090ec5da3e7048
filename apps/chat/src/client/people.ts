// Who is in a room, kept by differences and asked for anew when they do not add up. Knows no socket and no clock.
import { MAX_NAMED_PEOPLE } from "../protocol.ts";

/** What is to be asked: a page of names, those after `after`. */
export interface PeopleQuestion {
  readonly after?: string;
}

export class People {
  /** How many there are, as the server counts. */
  count = 0;
  #names = new Set<string>();
  #sorted: readonly string[] | undefined;
  #asked = false;

  /** @returns what to ask the server now. */
  joined(count: number): PeopleQuestion {
    this.count = count;
    this.#names.clear();
    return this.#ask();
  }

  /** @returns what to ask the server, if anything. */
  changed(
    arrived: readonly string[],
    departed: readonly string[],
    count: number,
  ): PeopleQuestion | undefined {
    const wereNamed = this.count <= MAX_NAMED_PEOPLE;
    this.count = count;
    for (const name of departed) this.#names.delete(name);
    for (const name of arrived) this.#names.add(name);
    this.#sorted = undefined;
    if (count > MAX_NAMED_PEOPLE) {
      if (wereNamed) this.#names.clear();
      return undefined;
    }
    // Whoever came and went between two tellings may have been on a page of names: then the numbers differ.
    return this.#names.size === count || this.#asked ? undefined : this.#ask();
  }

  /** A page of names, as the answer to a question. @returns what to ask next. */
  page(names: readonly string[], count: number, more: boolean): PeopleQuestion | undefined {
    this.count = count;
    for (const name of names) this.#names.add(name);
    this.#sorted = undefined;
    this.#asked = false;
    const after = names.at(-1);
    if (!more || after === undefined || count > MAX_NAMED_PEOPLE) return undefined;
    this.#asked = true;
    return { after };
  }

  /** @returns the question, if it was asked and not answered. */
  askAgain(): PeopleQuestion | undefined {
    return this.#asked ? this.#ask() : undefined;
  }

  /** The names that are known, in order. */
  get names(): readonly string[] {
    // By code units: the same everywhere, and names are not many.
    return (this.#sorted ??= [...this.#names].toSorted());
  }

  #ask(): PeopleQuestion {
    this.#asked = true;
    this.#names.clear();
    this.#sorted = undefined;
    return {};
  }
}
