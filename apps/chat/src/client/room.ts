// This client's part in one room: joins and joins again, takes what is told of it, asks for what is not. Knows no socket.
import type { Clock, Timer } from "@socketlab/core/browser";
import { MAX_PAGE_MESSAGES, type FromClient, type FromServer, type RefusalCode } from "../protocol.ts";
import type { Outbox } from "./outbox.ts";
import { People, type PeopleQuestion } from "./people.ts";
import { Timeline } from "./timeline.ts";
import { Typists } from "./typists.ts";
import type { RoomView, SessionEvent } from "./view.ts";

/** Others show it for five seconds. */
const TYPING_AGAIN_MS = 3000;
const AGAIN_MS = 1000;

type About<Type extends FromServer["type"]> = Extract<FromServer, { type: Type }>;
/** What the server tells of a room. */
export type RoomMessage = About<
  "joined" | "left" | "said" | "stored" | "typing" | "presence" | "people" | "page"
>;

export interface RoomSurroundings {
  readonly clock: Clock;
  /** Whether that is this client. */
  readonly isSelf: (name: string) => boolean;
  readonly isLookedAt: (room: Room) => boolean;
  /** How many messages to ask for when it is joined. */
  readonly historyAtFirst: number;
  readonly outbox: Outbox;
  /** @returns whether there is a conversation. */
  readonly send: (message: FromClient) => boolean;
  readonly emit: (event: SessionEvent) => void;
  readonly changed: () => void;
}

export class Room {
  readonly key: string;
  readonly #around: RoomSurroundings;
  readonly #timeline = new Timeline();
  readonly #people = new People();
  readonly #typists: Typists;
  #shown: string;
  #state: RoomView["state"] = "joining";
  #refusal: { readonly code: RefusalCode; readonly why: string } | undefined;
  #unread = 0;
  #typedMs = -Infinity;
  #againTimer: Timer | undefined;
  #view: RoomView | undefined;

  constructor(shown: string, key: string, around: RoomSurroundings) {
    this.key = key;
    this.#shown = shown;
    this.#around = around;
    this.#typists = new Typists(around.clock, () => this.touch());
  }

  get state(): RoomView["state"] {
    return this.#state;
  }

  /** Asks to be let in; what was said since the last time in is said again. */
  join(): void {
    this.#state = "joining";
    this.#refusal = undefined;
    this.#againTimer?.clear();
    this.touch();
    const after = this.#timeline.lastSeq;
    this.#around.send({ type: "join", room: this.#shown, ...(after !== undefined && { after }) });
  }

  leave(): void {
    this.lost();
    if (this.#state !== "refused") this.#around.send({ type: "leave", room: this.#shown });
    this.#around.outbox.drop(this.key, "not-joined", "you left the room before it was stored");
    this.#around.emit({ event: "left", room: this.#shown });
  }

  /** @returns whether it could be said now. */
  say(id: string, text: string): boolean {
    return this.#state === "joined" && this.#around.send({ type: "say", room: this.#shown, id, text });
  }

  type(): void {
    const nowMs = this.#around.clock.now();
    if (this.#state !== "joined" || nowMs - this.#typedMs < TYPING_AGAIN_MS) return;
    this.#typedMs = nowMs;
    this.#around.send({ type: "typing", room: this.#shown });
  }

  history(limit: number = MAX_PAGE_MESSAGES): void {
    const question = this.#state === "joined" ? this.#timeline.ask() : undefined;
    if (question === undefined) return;
    this.#around.send({ type: "history", room: this.#shown, limit, ...question });
    this.touch();
  }

  who(question: PeopleQuestion | undefined): void {
    if (question !== undefined) this.#around.send({ type: "who", room: this.#shown, ...question });
  }

  /** The person is at the end of it. */
  look(): void {
    this.#timeline.readOn();
    if (this.#unread === 0) return;
    this.#unread = 0;
    this.touch();
  }

  /** The conversation is over: what is told only while it lasts is forgotten. */
  lost(): void {
    if (this.#state === "joined") this.#state = "joining";
    this.#typedMs = -Infinity;
    this.#againTimer?.clear();
    this.#timeline.forgetQuestion();
    this.#typists.clear();
  }

  handle(message: RoomMessage): void {
    const { emit, isSelf } = this.#around;
    const room = this.#shown;
    switch (message.type) {
      case "joined":
        return this.#joined(message);
      case "said":
        return this.#said(message);
      case "stored":
        return this.#stored(message.id, message.seq);
      case "typing":
        return isSelf(message.name) ? undefined : this.#typists.add(message.name);
      case "presence": {
        const { arrived, departed, people } = message;
        this.who(this.#people.changed(arrived, departed, people));
        this.touch();
        return emit({ event: "presence", room, arrived, departed, people });
      }
      case "people": {
        const { names, people, more } = message;
        this.who(this.#people.page(names, people, more));
        this.touch();
        return emit({ event: "people", room, names, people, more });
      }
      case "page": {
        const messages = this.#timeline.prepend(message.messages, message.more);
        this.touch();
        return emit({ event: "page", room, messages, more: this.#timeline.more });
      }
      case "left":
    }
  }

  /** A refusal that concerns this room and no message of ours. */
  refused(code: RefusalCode, detail: string, retryAfterMs: number = AGAIN_MS): void {
    if (code === "too-fast" || code === "busy" || code === "not-stored") this.#askLater(retryAfterMs);
    else if (this.#state === "joining" && code === "bad-position") {
      // The server's history is shorter than what was shown here: it is another one.
      this.#timeline.lastSeq = undefined;
      this.join();
    } else {
      this.#timeline.forgetQuestion();
      if (this.#state === "joining") {
        this.#state = "refused";
        this.#refusal = { code, why: detail };
        this.#around.outbox.refuseLane(this.key, code, detail);
      }
      this.touch();
      this.#around.emit({ event: "refused", code, detail, room: this.#shown });
    }
  }

  /** What was asked for and not given, again. */
  #askLater(afterMs: number): void {
    this.#againTimer?.clear();
    this.#againTimer = this.#around.clock.after(afterMs, () => {
      if (this.#state === "joining") return this.join();
      this.who(this.#people.askAgain());
      if (!this.#timeline.loading) return;
      this.#timeline.forgetQuestion();
      this.history();
    });
  }

  /** The server does not know that we are in. */
  thrownOut(): void {
    if (this.#state !== "joined") return;
    this.lost();
    this.join();
  }

  /** The next view is another one. */
  touch(): void {
    this.#view = undefined;
    this.#around.changed();
  }

  /** The same object as long as nothing has changed. */
  view(): RoomView {
    return (this.#view ??= {
      room: this.#shown,
      key: this.key,
      state: this.#state,
      ...this.#refusal,
      messages: this.#timeline.messages,
      outgoing: this.#around.outbox.view(this.key),
      lastSeq: this.#timeline.lastSeq ?? 0,
      more: this.#timeline.more,
      loading: this.#timeline.loading,
      people: this.#people.count,
      names: this.#people.names,
      typing: this.#typists.names,
      unread: this.#unread,
    });
  }

  #joined({ room, seq, people }: About<"joined">): void {
    const { emit, historyAtFirst, outbox } = this.#around;
    const again = this.#timeline.lastSeq !== undefined;
    this.#shown = room;
    this.#state = "joined";
    if (!again) {
      this.#timeline.begin(seq);
      outbox.forgetStored(this.key);
    }
    this.who(this.#people.joined(people));
    this.touch();
    emit({ event: "joined", room, people, again });
    if (!again && historyAtFirst > 0) this.history(historyAtFirst);
    outbox.pump(this.key);
  }

  #said({ seq, id, from, text, at }: About<"said">): void {
    const message = { seq, id, from, text, at };
    // Before we are in, it is what was on its way when we left.
    if (this.#state !== "joined" || !this.#timeline.add(message)) return;
    const { emit, isSelf, isLookedAt, outbox } = this.#around;
    this.#typists.remove(from);
    if (!isSelf(from) && !isLookedAt(this)) this.#unread++;
    this.touch();
    emit({ event: "said", room: this.#shown, ...message });
    if (!isSelf(from)) return;
    // It is said to everybody after it is stored: that acknowledges it, too.
    this.#acknowledge(id, seq);
    outbox.remove(this.key, id);
  }

  #stored(id: string, seq: number): void {
    this.#acknowledge(id, seq);
    // Said before it was told stored: it is among the messages.
    if (seq <= (this.#timeline.lastSeq ?? 0)) this.#around.outbox.remove(this.key, id);
  }

  #acknowledge(id: string, seq: number): void {
    const { emit, outbox } = this.#around;
    if (outbox.acknowledge(this.key, id, seq)) emit({ event: "stored", room: this.#shown, id, seq });
  }
}
