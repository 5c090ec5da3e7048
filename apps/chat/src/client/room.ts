// One room as this client knows it: what was said in order, who is there, who is typing. Knows no socket.
import type { Clock, Timer } from "@socketlab/core/browser";
import type { RefusalCode, SaidMessage } from "../protocol.ts";
import { People } from "./people.ts";
import type { Outgoing, RoomView } from "./view.ts";

/** Messages kept of a room; older ones are dropped, and `history` fetches them again. */
export const KEPT_MESSAGES = 2000;
/** While a person reads back: no more than this. */
export const KEPT_READING_BACK = 10_000;
// Dropped in steps: to move two thousand for each message would be too much.
const TRIM_STEP = 200;
const TYPING_SHOWN_MS = 5000;
/** Of those who type at once, so many are shown. */
const MAX_TYPING = 20;

export class Room {
  readonly key: string;
  shown: string;
  state: RoomView["state"] = "joining";
  refusal: { readonly code: RefusalCode; readonly why: string } | undefined;
  /** Undefined before the first time in. */
  lastSeq: number | undefined;
  readonly people: People = new People();
  unread = 0;
  more = false;
  /** From which position on everything is kept here, while a page of history is on its way. */
  #pageBefore: number | undefined;
  #oldest = 0;
  #messages: SaidMessage[] = [];
  #readingBack = false;
  readonly #typing = new Map<string, number>();
  #typingTimer: Timer | undefined;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #view: RoomView | undefined;

  constructor(shown: string, key: string, clock: Clock, changed: () => void) {
    this.shown = shown;
    this.key = key;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Whether what is kept reaches up to here; if not, it begins anew. */
  begin(seq: number): void {
    this.#messages = [];
    this.lastSeq = seq;
    this.#oldest = seq + 1;
    this.more = seq > 0;
    this.#pageBefore = undefined;
  }

  /** @returns whether it is new: a repeat is not shown again. */
  said(message: SaidMessage, isOwn: boolean, isLookedAt: boolean): boolean {
    if (message.seq <= (this.lastSeq ?? Infinity)) return false;
    this.lastSeq = message.seq;
    this.#messages.push(message);
    if (!isOwn && !isLookedAt) this.unread++;
    this.#typing.delete(message.from);
    const bound = this.#readingBack ? KEPT_READING_BACK : KEPT_MESSAGES;
    if (this.#messages.length >= bound + TRIM_STEP) {
      this.#messages = this.#messages.slice(-bound);
      this.#oldest = this.#messages[0]!.seq;
      this.more = true;
    }
    this.touch();
    return true;
  }

  /** The question for the page before what is kept; undefined if there is none, or it is asked already. */
  askPage(): { before?: number } | undefined {
    if (!this.more || this.#pageBefore !== undefined || this.#messages.length >= KEPT_READING_BACK)
      return undefined;
    this.#pageBefore = this.#oldest;
    this.#readingBack = this.#messages.length > 0;
    this.touch();
    return this.#messages.length === 0 ? {} : { before: this.#oldest };
  }

  /** @returns what of it was put before the rest. */
  page(messages: readonly SaidMessage[], more: boolean): readonly SaidMessage[] {
    const fits = this.#pageBefore === this.#oldest;
    this.#pageBefore = undefined;
    this.touch();
    if (!fits) return [];
    const older = messages.filter(({ seq }) => seq < this.#oldest);
    this.#messages = [...older, ...this.#messages];
    this.#oldest = older[0]?.seq ?? this.#oldest;
    this.more = more;
    return older;
  }

  /** The page will not come. */
  pageLost(): void {
    this.#pageBefore = undefined;
    this.touch();
  }

  /** The person is at the end of it. */
  look(): void {
    this.#readingBack = false;
    if (this.unread === 0) return;
    this.unread = 0;
    this.touch();
  }

  typing(name: string): void {
    if (this.#typing.size >= MAX_TYPING && !this.#typing.has(name)) return;
    this.#typing.set(name, this.#clock.now() + TYPING_SHOWN_MS);
    this.#typingTimer ??= this.#clock.after(TYPING_SHOWN_MS, () => this.#fade());
    this.touch();
  }

  /** The connection is gone: what is told of it only while it lasts is forgotten. */
  lost(): void {
    if (this.state === "joined") this.state = "joining";
    this.#typing.clear();
    this.#typingTimer?.clear();
    this.#typingTimer = undefined;
    this.pageLost();
  }

  /** The next view is another one. */
  touch(): void {
    this.#view = undefined;
    this.#changed();
  }

  view(outgoing: () => readonly Outgoing[]): RoomView {
    return (this.#view ??= {
      room: this.shown,
      key: this.key,
      state: this.state,
      ...this.refusal,
      messages: [...this.#messages],
      outgoing: outgoing(),
      lastSeq: this.lastSeq ?? 0,
      more: this.more,
      loading: this.#pageBefore !== undefined,
      people: this.people.count,
      names: this.people.names,
      typing: [...this.#typing.keys()],
      unread: this.unread,
    });
  }

  #fade(): void {
    const nowMs = this.#clock.now();
    for (const [name, untilMs] of this.#typing) if (untilMs <= nowMs) this.#typing.delete(name);
    const next = Math.min(...this.#typing.values());
    this.#typingTimer = Number.isFinite(next)
      ? this.#clock.after(next - nowMs, () => this.#fade())
      : undefined;
    this.touch();
  }
}
