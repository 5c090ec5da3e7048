// What was said in a room, in order, without gaps and repeats: the latest of it, and as much before as was fetched. Pure.
import type { SaidMessage } from "../protocol.ts";

/** Messages kept of a room; older ones are dropped, and `history` fetches them again. */
export const KEPT_MESSAGES = 2000;
/** While a person reads back: no more than this. */
export const KEPT_READING_BACK = 10_000;
// Dropped in steps: to move two thousand for each message would be too much.
const TRIM_STEP = 200;

export class Timeline {
  /** The position up to which everything was received; undefined before the first time in. */
  lastSeq: number | undefined;
  /** Whether there is something before the first message. */
  more = false;
  #messages: readonly SaidMessage[] = [];
  /** Messages added since `#messages` was made; joined when somebody looks. */
  #added: SaidMessage[] = [];
  /** From which position on everything is kept. */
  #oldest = 0;
  /** What that was when the page before it was asked for. */
  #pageBefore: number | undefined;
  #readingBack = false;

  /** In order; the same array as long as nothing is added. */
  get messages(): readonly SaidMessage[] {
    if (this.#added.length > 0) {
      this.#messages = [...this.#messages, ...this.#added];
      this.#added = [];
    }
    return this.#messages;
  }

  /** Whether a page is on its way. */
  get loading(): boolean {
    return this.#pageBefore !== undefined;
  }

  /** Empty, after this position. */
  begin(seq: number): void {
    this.#messages = [];
    this.#added = [];
    this.lastSeq = seq;
    this.#oldest = seq + 1;
    this.more = seq > 0;
    this.#pageBefore = undefined;
  }

  /** @returns whether it is new. */
  add(message: SaidMessage): boolean {
    if (message.seq <= (this.lastSeq ?? Infinity)) return false;
    this.lastSeq = message.seq;
    this.#added.push(message);
    const bound = this.#readingBack ? KEPT_READING_BACK : KEPT_MESSAGES;
    if (this.#messages.length + this.#added.length >= bound + TRIM_STEP) {
      this.#messages = this.messages.slice(-bound);
      this.#oldest = this.#messages[0]!.seq;
      this.more = true;
    }
    return true;
  }

  /** The question for the page before; undefined if there is none, it is asked already, or no more of it is kept. */
  ask(): { before?: number } | undefined {
    const { length } = this.messages;
    if (!this.more || this.loading || length >= KEPT_READING_BACK) return undefined;
    this.#pageBefore = this.#oldest;
    this.#readingBack = length > 0;
    return length === 0 ? {} : { before: this.#oldest };
  }

  /** The answer. @returns what of it was put before the rest. */
  prepend(messages: readonly SaidMessage[], more: boolean): readonly SaidMessage[] {
    // Messages may have been dropped meanwhile: then there would be a gap.
    const fits = this.#pageBefore === this.#oldest;
    this.#pageBefore = undefined;
    if (!fits) return [];
    // The first page may hold what is just being said, too.
    const older = messages.filter(({ seq }) => seq < this.#oldest);
    this.#messages = [...older, ...this.messages];
    this.#oldest = older[0]?.seq ?? this.#oldest;
    this.more = more;
    return older;
  }

  /** There will be no answer. */
  forgetQuestion(): void {
    this.#pageBefore = undefined;
  }

  /** The reader is at the end again. */
  readOn(): void {
    this.#readingBack = false;
  }
}
