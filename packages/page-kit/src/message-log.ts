// The last messages that crossed a door, for showing. Knows nothing of how they are shown.
import type { Payload, Role, TraceEvent } from "@socketlab/core";

const KEPT = 10_000;
// Trimmed in steps: a copy for every message would be too many.
const TRIM_STEP = 1000;
// Of each message: ten thousand long ones must fit into memory.
const KEPT_BYTES = 4096;

// Nobody reads faster than this, and the page has better things to do.
const QUIET_MS = 100;
const utf8 = new TextEncoder();

export interface LoggedMessage {
  /** Counts the messages of this log, from 0. */
  readonly id: number;
  readonly direction: "in" | "out";
  /** Who said it. */
  readonly from: Role;
  readonly type: string;
  readonly bytes: number;
  readonly timeMs: number;
  /** At most its beginning. */
  readonly payload: Payload;
  /** Whether more of it crossed the door than is kept here. */
  readonly cut: boolean;
}

/** What is in the log at one moment. */
export interface LoggedMessages {
  readonly messages: readonly LoggedMessage[];
  /** The id of the first one that is still here. */
  readonly firstId: number;
}

export class MessageLog {
  #messages: LoggedMessage[] = [];
  #nextId = 0;
  #snapshot: LoggedMessages = { messages: [], firstId: 0 };
  #stale = false;
  #publishedMs = 0;
  readonly #listeners = new Set<() => void>();

  add({ direction, role, type, timeMs, payload }: TraceEvent): void {
    const other = role === "client" ? "server" : "client";
    this.#messages.push({
      id: this.#nextId++,
      direction,
      from: direction === "out" ? role : other,
      type,
      bytes: typeof payload === "string" ? utf8.encode(payload).length : payload.length,
      timeMs,
      payload: payload.slice(0, KEPT_BYTES),
      cut: payload.length > KEPT_BYTES,
    });
    if (this.#messages.length >= KEPT + TRIM_STEP) this.#messages = this.#messages.slice(-KEPT);
    if (this.#stale) return;
    this.#stale = true;
    schedule(() => this.#publish(), Date.now() - this.#publishedMs >= QUIET_MS);
  }

  clear(): void {
    this.#messages = [];
    this.#publish();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  snapshot = (): LoggedMessages => this.#snapshot;

  #publish(): void {
    this.#stale = false;
    this.#publishedMs = Date.now();
    this.#snapshot = { messages: [...this.#messages], firstId: this.#messages[0]?.id ?? this.#nextId };
    for (const listener of this.#listeners) listener();
  }
}

/** A message after a pause shows with the next frame (a hidden page has none); a flood shows ten times a second. */
function schedule(callback: () => void, atOnce: boolean): void {
  if (atOnce && globalThis.document?.visibilityState === "visible") requestAnimationFrame(callback);
  else setTimeout(callback, QUIET_MS);
}
