// What this client has said and the server has not yet acknowledged, in order. Knows nothing of sockets and rooms.
import { backoffMs, ClosedError, LimitError, type Clock, type Timer } from "@socketlab/core/browser";
import type { RefusalCode } from "../protocol.ts";
import { randomId } from "./random-id.ts";
import { RefusedError } from "./refused-error.ts";
import type { Outgoing } from "./view.ts";

/** Not yet acknowledged, over all lanes: more than a person types while a server is away. */
export const MAX_OUTGOING = 1000;
// Refused ones stay to be seen; a person who has not dismissed so many will not.
const MAX_REFUSED = 20;

/** Refusals that pass: the same message again, a little later, will do. */
const passing: ReadonlySet<RefusalCode> = new Set(["too-fast", "not-stored", "busy", "not-joined"]);

interface Item {
  view: Outgoing;
  attempt: number;
  /** Whether it is on its way now. */
  sent: boolean;
  timer: Timer | undefined;
  readonly settled: PromiseWithResolvers<Acknowledged>;
}

/** What the server has acknowledged. A whisper has no position: 0. */
export interface Acknowledged {
  readonly id: string;
  readonly seq: number;
}

export interface OutboxSettings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Sends it, or says that it cannot be sent now; `pump` is called when it can. */
  readonly transmit: (lane: string, id: string, text: string) => boolean;
  /** Something of this lane has changed. */
  readonly changed: (lane: string) => void;
}

/**
 * Lanes of messages. In each, one message is on its way at a time: whatever is refused and repeated, and however often the
 * connection breaks, they are stored in the order in which they were said.
 */
export class Outbox {
  readonly #settings: OutboxSettings;
  readonly #lanes = new Map<string, Item[]>();
  #sending = 0;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
  }

  /** How many are not yet acknowledged. */
  get sending(): number {
    return this.#sending;
  }

  /** Settles when the server acknowledges it. @throws (as rejections) LimitError `outbox-full`, RefusedError, ClosedError. */
  add(lane: string, text: string): Promise<Acknowledged> {
    const id = randomId();
    const settled = Promise.withResolvers<Acknowledged>();
    // Whoever shows the view need not await each message.
    settled.promise.catch(() => {});
    if (this.#sending >= MAX_OUTGOING) {
      settled.reject(
        new LimitError(
          "outbox-full",
          `${MAX_OUTGOING} messages are waiting to be sent; this one is not taken. Say it again when the server is back`,
        ),
      );
      return settled.promise;
    }
    const view: Outgoing = { id, text, saidMs: this.#settings.clock.now(), state: "sending" };
    const items = this.#lanes.get(lane) ?? [];
    this.#lanes.set(lane, items);
    items.push({ view, attempt: 0, sent: false, timer: undefined, settled });
    this.#sending++;
    this.#settings.changed(lane);
    this.pump(lane);
    return settled.promise;
  }

  /** The lanes whose names begin so. */
  lanes(prefix: string): string[] {
    return [...this.#lanes.keys()].filter((lane) => lane.startsWith(prefix));
  }

  /** What a person sees of a lane. */
  view(lane: string): readonly Outgoing[] {
    return (this.#lanes.get(lane) ?? []).map((item) => item.view);
  }

  /** Sends the lane's next message, if none is on its way. */
  pump(lane: string): void {
    const next = this.#lanes.get(lane)?.find((item) => item.view.state === "sending");
    if (next === undefined || next.sent || next.timer !== undefined) return;
    next.sent = this.#settings.transmit(lane, next.view.id, next.view.text);
  }

  /** The connection is gone: whatever was on its way is to be sent again. */
  lost(): void {
    for (const items of this.#lanes.values()) {
      for (const item of items) {
        item.sent = false;
        item.attempt = 0;
        item.timer?.clear();
        item.timer = undefined;
      }
    }
  }

  /** @returns whether it was waiting for that. */
  acknowledge(lane: string, id: string, seq: number): boolean {
    const item = this.#find(lane, id);
    if (item?.view.state !== "sending") return false;
    this.#settle(item, "stored");
    item.settled.resolve({ id, seq });
    this.#settings.changed(lane);
    this.pump(lane);
    return true;
  }

  /** It is shown elsewhere now, or no longer wanted. What is still on its way stays. */
  remove(lane: string, id: string): void {
    const items = this.#lanes.get(lane);
    const at = items?.findIndex((item) => item.view.id === id && item.view.state !== "sending") ?? -1;
    if (at < 0) return;
    items!.splice(at, 1);
    if (items!.length === 0) this.#lanes.delete(lane);
    this.#settings.changed(lane);
  }

  /** What is stored will not be shown here: it is before all that will be. */
  forgetStored(lane: string): void {
    for (const { id, state } of this.view(lane)) if (state === "stored") this.remove(lane, id);
  }

  /** @returns whether it was refused for good; otherwise it will be repeated, or is not ours. */
  refuse(id: string, code: RefusalCode, detail: string, retryAfterMs?: number): boolean {
    for (const [lane, items] of this.#lanes) {
      const item = items.find(({ view }) => view.id === id && view.state === "sending");
      if (item === undefined) continue;
      if (passing.has(code)) {
        this.#repeatLater(lane, item, retryAfterMs);
        return false;
      }
      this.#refuseItem(items, item, code, detail);
      this.#settings.changed(lane);
      this.pump(lane);
      return true;
    }
    return false;
  }

  /** Everything of a lane that is not acknowledged is refused. */
  refuseLane(lane: string, code: RefusalCode, detail: string): void {
    const items = this.#lanes.get(lane) ?? [];
    for (const item of items.filter(({ view }) => view.state === "sending"))
      this.#refuseItem(items, item, code, detail);
    this.#settings.changed(lane);
  }

  /** Forgets a lane; what of it is not acknowledged is refused. */
  drop(lane: string, code: RefusalCode, detail: string): void {
    this.refuseLane(lane, code, detail);
    this.#lanes.delete(lane);
  }

  /** Nobody will send anything any more. */
  close(): void {
    for (const [lane, items] of this.#lanes) {
      for (const item of items.filter(({ view }) => view.state === "sending")) {
        const why = "the conversation was closed before the server had acknowledged it";
        this.#settle(item, "refused", why);
        item.settled.reject(new ClosedError("closed", why));
      }
      this.#settings.changed(lane);
    }
  }

  #repeatLater(lane: string, item: Item, retryAfterMs: number | undefined): void {
    const { clock, random } = this.#settings;
    item.sent = false;
    item.timer?.clear();
    item.timer = clock.after(retryAfterMs ?? backoffMs(item.attempt++, random()), () => {
      item.timer = undefined;
      this.pump(lane);
    });
  }

  #refuseItem(items: Item[], item: Item, code: RefusalCode, detail: string): void {
    this.#settle(item, "refused", detail);
    item.settled.reject(new RefusedError(code, detail));
    const refused = items.filter(({ view }) => view.state === "refused");
    if (refused.length > MAX_REFUSED) items.splice(items.indexOf(refused[0]!), 1);
  }

  #settle(item: Item, state: "stored" | "refused", why?: string): void {
    item.timer?.clear();
    item.timer = undefined;
    item.view = { ...item.view, state, ...(why !== undefined && { why }) };
    this.#sending--;
  }

  #find(lane: string, id: string): Item | undefined {
    return this.#lanes.get(lane)?.find((item) => item.view.id === id);
  }
}
