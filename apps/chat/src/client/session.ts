// A person's conversation with a chat server, over and over: comes back by itself, goes on where it was, says nothing
// twice and shows nothing twice. For the terminal and the page alike. Knows neither, and no transport.
import { UsageError, type Clock, type Timer } from "@socketlab/core/browser";
import { nameRule, parseName } from "../names.ts";
import { MAX_PAGE_MESSAGES, MAX_TEXT_BYTES, type FromServer } from "../protocol.ts";
import { Connection, type ChatSocket, type Message } from "./connection.ts";
import { Outbox, type Acknowledged } from "./outbox.ts";
import { randomId } from "./random-id.ts";
import { Room, type RoomSurroundings } from "./room.ts";
import type { SessionEvent, SessionView } from "./view.ts";
import { Whispers } from "./whispers.ts";

export interface SessionSettings {
  /** As which person to talk. */
  readonly name: string;
  /** Proves who that is, where the server asks for it. */
  readonly token?: string | undefined;
  /** This client's secret: who comes with the same name and key takes the name over. Default: a random one. */
  readonly key?: string | undefined;
  /** Opens a door to the server: core's `connect` with `chat`. */
  readonly dial: (signal: AbortSignal) => Promise<ChatSocket>;
  readonly clock: Clock;
  /** For the back-off; `Math.random` or a seeded one. */
  readonly random: () => number;
  /** Rooms to join. */
  readonly rooms?: readonly string[];
  /** So many of a room's messages are asked for when it is joined: 0 to 50. Default 50. */
  readonly history?: number;
}

export class Session {
  readonly #clock: Clock;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #whispers: Whispers;
  readonly #rooms = new Map<string, Room>();
  readonly #roomSurroundings: RoomSurroundings;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: SessionEvent) => void>();
  #name: string;
  #lookedAt: string | undefined;
  #view: SessionView | undefined;
  #notifying: Timer | undefined;

  constructor(settings: SessionSettings) {
    const { clock, random, dial, token, key = randomId() } = settings;
    this.#clock = clock;
    this.#name = settings.name;
    this.#connection = new Connection({
      clock,
      random,
      dial,
      hello: () => ({ type: "hello", name: this.#name, key, ...(token !== undefined && { token }) }),
      onPhase: (phase) => {
        this.#changed();
        this.#emit({ event: "phase", phase });
      },
      onWelcome: (name) => this.#welcomed(name),
      onMessage: (message) => this.#handle(message),
      onLost: () => this.#lost(),
    });
    this.#outbox = new Outbox({
      clock,
      random,
      transmit: (lane, id, text) => this.#transmit(lane, id, text),
      changed: (lane) => {
        this.#rooms.get(lane)?.touch();
        this.#changed();
      },
    });
    this.#whispers = new Whispers(this.#outbox);
    this.#roomSurroundings = {
      clock,
      outbox: this.#outbox,
      historyAtFirst: settings.history ?? MAX_PAGE_MESSAGES,
      isSelf: (name) => name === this.#name,
      isLookedAt: (room) => room.key === this.#lookedAt,
      send: (message) => this.#connection.send(message),
      emit: (event) => this.#emit(event),
      changed: () => this.#changed(),
    };
    for (const room of settings.rooms ?? []) this.join(room);
  }

  /** Converses until the returned function is called; what is not acknowledged then is refused. May be started again. */
  start = (): (() => void) => {
    const stop = this.#connection.start();
    return () => {
      if (stop()) this.#outbox.close();
    };
  };

  /** Tries again without waiting any longer; after `replaced`, takes the name back. */
  retry = (): void => this.#connection.retry();

  /** Tries with another name, after one was refused. @throws UsageError `already-named`. */
  rename(name: string): void {
    if (this.#connection.phase.name === "open")
      throw new UsageError("already-named", `you are ${this.#name} already; come back to be somebody else`);
    this.#name = name;
    this.#connection.begin();
  }

  /** The same object as long as nothing has changed. */
  view = (): SessionView =>
    (this.#view ??= {
      phase: this.#connection.phase,
      name: this.#name,
      rooms: [...this.#rooms.values()].map((room) => room.view()),
      whispers: this.#whispers.heard,
      whispering: this.#whispers.outgoing(),
    });

  /** Calls `listener` when the view has changed, at most once a tick. Returns how to stop that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Calls `listener` with all that happens, in order. Returns how to stop that. */
  onEvent(listener: (event: SessionEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => void this.#eventListeners.delete(listener);
  }

  /** Messages that the server has not yet acknowledged. */
  get sending(): number {
    return this.#outbox.sending;
  }

  /** Joins a room, now or when there is a conversation. @throws UsageError `bad-room`. @returns the room's key. */
  join(name: string): string {
    const parsed = parseName(name);
    if (parsed === undefined)
      throw new UsageError(
        "bad-room",
        `${JSON.stringify(name.slice(0, 100))} is no room's name: ${nameRule}`,
      );
    const { shown, key } = parsed;
    const known = this.#rooms.get(key);
    if (known !== undefined && known.state !== "refused") return key;
    const room = known ?? new Room(shown, key, this.#roomSurroundings);
    this.#rooms.set(key, room);
    room.join();
    return key;
  }

  /** What was said there and is not stored yet is refused. */
  leave(room: string): void {
    const key = keyOf(room);
    const known = this.#rooms.get(key);
    this.#rooms.delete(key);
    known?.leave();
    this.#changed();
  }

  /**
   * Says it in a room, now or when there is a conversation, as often as it takes. Settles when it is on the server's
   * disk. A rejection need not be handled: the view shows it, too.
   *
   * @throws (as rejections) UsageError `not-joined`, `bad-text`, `text-too-long`; LimitError `outbox-full`: a thousand
   * are waiting; RefusedError: the server's word; ClosedError: nobody knows whether it was stored.
   */
  say(room: string, text: string): Promise<Acknowledged> {
    const key = keyOf(room);
    const known = this.#rooms.get(key);
    if (known === undefined || known.state === "refused")
      return rejected(
        new UsageError("not-joined", `you are not in the room ${JSON.stringify(room)}; join it first`),
      );
    const said = text.toWellFormed();
    const wrong = whatIsWrong(said);
    return wrong === undefined ? this.#outbox.add(key, said) : rejected(wrong);
  }

  /** Says it to one person. Settles when it was told them; nothing of it is kept. @throws as `say` does. */
  whisper(to: string, text: string): Promise<Acknowledged> {
    const person = parseName(to);
    if (person === undefined)
      return rejected(new UsageError("bad-name", `${JSON.stringify(to.slice(0, 100))} is nobody's name`));
    const said = text.toWellFormed();
    const wrong = whatIsWrong(said);
    return wrong === undefined ? this.#whispers.say(person.shown, said) : rejected(wrong);
  }

  /** Takes a refused message out of the view. */
  dismiss(id: string): void {
    for (const room of this.#rooms.keys()) this.#outbox.remove(room, id);
    this.#whispers.dismiss(id);
  }

  /** A key was pressed; tells the room now and then. */
  typing(room: string): void {
    this.#rooms.get(keyOf(room))?.type();
  }

  /** Asks for the page before the first message; it comes into the view, and as an event. Does nothing if there is none. */
  history(room: string, limit?: number): void {
    this.#rooms.get(keyOf(room))?.history(limit);
  }

  /** Asks for a page of names, those after `after`; it comes as the event `people`. */
  who(room: string, after?: string): void {
    this.#rooms.get(keyOf(room))?.who(after === undefined ? {} : { after });
  }

  /** The person looks at the end of this room, and of no other one: nothing there is unread. */
  look(room: string | undefined): void {
    this.#lookedAt = room === undefined ? undefined : keyOf(room);
    if (this.#lookedAt !== undefined) this.#rooms.get(this.#lookedAt)?.look();
  }

  #welcomed(name: string): void {
    this.#name = name;
    for (const room of this.#rooms.values()) room.join();
    this.#whispers.pump();
  }

  #lost(): void {
    this.#outbox.lost();
    for (const room of this.#rooms.values()) room.lost();
  }

  #handle(message: Message): void {
    if (message.type === "refused") this.#refused(message);
    else if (message.type === "whispered") {
      const { id, from, to, text, at } = message;
      const whisper = { id, from, to, text, at };
      if (!this.#whispers.add(whisper, from === this.#name)) return;
      this.#changed();
      this.#emit({ event: "whispered", ...whisper });
    } else {
      // What is still on its way from a room that was left meanwhile concerns nobody.
      this.#rooms.get(keyOf(message.room))?.handle(message);
    }
  }

  #refused({ code, detail, room: name, id, retryAfterMs }: Extract<FromServer, { type: "refused" }>): void {
    const room = name === undefined ? undefined : this.#rooms.get(keyOf(name));
    if (id === undefined && room !== undefined) {
      room.refused(code, detail, retryAfterMs);
      return;
    }
    const isForGood = id === undefined || this.#outbox.refuse(id, code, detail, retryAfterMs);
    if (isForGood)
      this.#emit({
        event: "refused",
        code,
        detail,
        ...(name !== undefined && { room: name }),
        ...(id !== undefined && { id }),
      });
    if (code === "not-joined") room?.thrownOut();
  }

  #transmit(lane: string, id: string, text: string): boolean {
    const to = Whispers.listenerOf(lane);
    return to === undefined
      ? (this.#rooms.get(lane)?.say(id, text) ?? false)
      : this.#connection.send({ type: "whisper", to, id, text });
  }

  #emit(event: SessionEvent): void {
    for (const listener of this.#eventListeners) listener(event);
  }

  #changed(): void {
    this.#view = undefined;
    this.#notifying ??= this.#clock.after(0, () => {
      this.#notifying = undefined;
      for (const listener of this.#listeners) listener();
    });
  }
}

function keyOf(room: string): string {
  return parseName(room)?.key ?? room;
}

function whatIsWrong(text: string): Error | undefined {
  if (text === "") return new UsageError("bad-text", "there is nothing to say: the text is empty");
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= MAX_TEXT_BYTES) return undefined;
  return new UsageError(
    "text-too-long",
    `the text has ${bytes} bytes, and a message may have ${MAX_TEXT_BYTES}; say it in several`,
  );
}

/** Whoever shows the view need not handle it. */
function rejected(why: Error): Promise<never> {
  const promise = Promise.reject(why);
  promise.catch(() => {});
  return promise;
}
