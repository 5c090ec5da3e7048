// A person's conversation with a chat server, over and over: comes back by itself, goes on where it was, says nothing
// twice and shows nothing twice. For the terminal and the page alike. Knows neither, and no transport.
import { ClosedError, TimeoutError, UsageError } from "@socketlab/core/browser";
import type { Clock, MessageSocket, Timer } from "@socketlab/core/browser";
import { nameRule, parseName } from "../names.ts";
import { MAX_PAGE_MESSAGES, MAX_TEXT_BYTES, type FromClient, type FromServer } from "../protocol.ts";
import { backoffMs } from "./backoff.ts";
import { startHeartbeat, type Heartbeat } from "./heartbeat.ts";
import { Outbox, type Acknowledged } from "./outbox.ts";
import type { PeopleQuestion } from "./people.ts";
import { randomId } from "./random-id.ts";
import { RefusedError } from "./refused-error.ts";
import { Room } from "./room.ts";
import type { Phase, SessionEvent, SessionView, Whispered } from "./view.ts";

type ChatSocket = MessageSocket<FromServer, FromClient>;
type Message<Type extends FromServer["type"]> = Extract<FromServer, { type: Type }>;

/** How long a name of ours may be taken: by our own last conversation, of whose end the server does not know yet. */
const NAME_TAKEN_RETRY_MS = 60_000;
/** A server that takes longer to say welcome is not well. */
const WELCOME_TIMEOUT_MS = 10_000;
/** Others show it for five seconds. */
const TYPING_AGAIN_MS = 3000;
const MAX_WHISPERS = 500;

export interface SessionSettings {
  /** As which person to talk. */
  readonly name: string;
  /** Proves who that is, where the server asks for it. */
  readonly token?: string | undefined;
  /** This client's secret: who comes with the same name and key takes the name over. Default: a random one. */
  readonly key?: string;
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
  readonly #settings: SessionSettings;
  readonly #key: string;
  readonly #rooms = new Map<string, Room>();
  readonly #outbox: Outbox;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: SessionEvent) => void>();
  #phase: Phase = { name: "connecting" };
  #name: string;
  #whispers: Whispered[] = [];
  readonly #whispersSeen = new Set<string>();
  #lookedAt: string | undefined;
  #typedMs = new Map<string, number>();
  #view: SessionView | undefined;
  #notifying: Timer | undefined;
  #run: AbortController | undefined;
  #socket: ChatSocket | undefined;
  #wake: (() => void) | undefined;
  #attempt = 0;
  #lostMs = -Infinity;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.#name = settings.name;
    this.#key = settings.key ?? randomId();
    this.#outbox = new Outbox({
      clock: settings.clock,
      random: settings.random,
      transmit: (lane, id, text) => this.#transmit(lane, id, text),
      changed: (lane) => {
        this.#rooms.get(lane)?.touch();
        this.#changed();
      },
    });
    for (const room of settings.rooms ?? []) this.join(room);
  }

  /** Converses until the returned function is called; what is not acknowledged then is refused. May be started again. */
  start = (): (() => void) => {
    this.#run?.abort();
    if (this.#socket !== undefined) this.#lost();
    const run = new AbortController();
    this.#run = run;
    this.#attempt = 0;
    void this.#converseAgainAndAgain(run.signal);
    return () => this.#stop(run);
  };

  /** Tries again without waiting any longer; after `replaced`, takes the name back. */
  retry = (): void => {
    if (this.#wake !== undefined) this.#wake();
    else if (this.#phase.name === "refused") this.start();
  };

  /** Tries with another name, after one was refused. */
  rename(name: string): void {
    if (this.#phase.name === "open")
      throw new UsageError(
        "already-named",
        `you are ${this.#name} already; leave and come back to change that`,
      );
    this.#name = name;
    this.#changed();
    this.start();
  }

  /** The same object as long as nothing has changed. */
  view = (): SessionView => (this.#view ??= this.#look());

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
    const room = known ?? new Room(shown, key, this.#settings.clock, () => this.#changed());
    this.#rooms.set(key, room);
    this.#join(room);
    return key;
  }

  /** What was said there and is not stored yet is refused. */
  leave(room: string): void {
    const key = keyOf(room);
    const known = this.#rooms.get(key);
    if (known === undefined) return;
    known.lost();
    this.#rooms.delete(key);
    this.#outbox.drop(key, "not-joined", "you left the room before it was stored");
    if (known.state !== "refused") this.#send({ type: "leave", room: known.shown });
    this.#emit({ event: "left", room: known.shown });
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
    return wrong === undefined ? this.#outbox.add(key, said).acknowledged : rejected(wrong);
  }

  /** Says it to one person. Settles when it was told them; nothing of it is kept. @throws as `say` does. */
  whisper(to: string, text: string): Promise<Acknowledged> {
    const person = parseName(to);
    if (person === undefined)
      return rejected(new UsageError("bad-name", `${JSON.stringify(to.slice(0, 100))} is nobody's name`));
    const said = text.toWellFormed();
    const wrong = whatIsWrong(said);
    return wrong === undefined ? this.#outbox.add(`@${person.shown}`, said).acknowledged : rejected(wrong);
  }

  /** Takes a refused message out of the view. */
  dismiss(id: string): void {
    for (const lane of [...this.#rooms.keys(), ...this.#outbox.lanes("@")]) this.#outbox.remove(lane, id);
  }

  /** A key was pressed; tells the room now and then. */
  typing(room: string): void {
    const key = keyOf(room);
    const nowMs = this.#settings.clock.now();
    if (this.#rooms.get(key)?.state !== "joined") return;
    if (nowMs - (this.#typedMs.get(key) ?? -Infinity) < TYPING_AGAIN_MS) return;
    this.#typedMs.set(key, nowMs);
    this.#send({ type: "typing", room });
  }

  /** Asks for the page before the first message; it comes into the view, and as an event. Does nothing if there is none. */
  history(room: string, limit: number = MAX_PAGE_MESSAGES): void {
    const known = this.#rooms.get(keyOf(room));
    if (known?.state !== "joined") return;
    const question = known.askPage();
    if (question !== undefined) this.#send({ type: "history", room: known.shown, limit, ...question });
  }

  /** Asks for a page of names, those after `after`; it comes as the event `people`. */
  who(room: string, after?: string): void {
    this.#ask(this.#rooms.get(keyOf(room)), after === undefined ? {} : { after });
  }

  /** The person looks at the end of this room, and of no other one: nothing there is unread. */
  look(room: string | undefined): void {
    this.#lookedAt = room === undefined ? undefined : keyOf(room);
    if (this.#lookedAt !== undefined) this.#rooms.get(this.#lookedAt)?.look();
  }

  async #converseAgainAndAgain(run: AbortSignal): Promise<void> {
    while (!run.aborted) {
      this.#setPhase({ name: "connecting" });
      let error: unknown;
      try {
        error = await this.#converse(run);
      } catch (thrown) {
        error = thrown;
      }
      if (run.aborted) return;
      const { code = "ended", message } = error as { code?: string; message: string };
      const waitMs = this.#waitMs(error);
      if (waitMs === undefined) {
        this.#setPhase({ name: "refused", why: message, code });
        return;
      }
      const { clock } = this.#settings;
      const retryAtMs = clock.now() + waitMs;
      this.#setPhase({ name: "waiting", retryInMs: waitMs, retryAtMs, why: message, code });
      await this.#wait(waitMs, run);
    }
  }

  /** How long to wait after this end of a conversation; undefined: to try again would end the same way. */
  #waitMs(error: unknown): number | undefined {
    const { clock, random } = this.#settings;
    // What our own side may not do, it may not do again: an endpoint or a name that cannot be.
    if (error instanceof UsageError) return undefined;
    if (error instanceof RefusedError) {
      const takenByUs = error.code === "name-taken" && clock.now() - this.#lostMs < NAME_TAKEN_RETRY_MS;
      if (!takenByUs && error.code !== "too-fast" && error.code !== "busy" && error.code !== "not-stored")
        return undefined;
    }
    return backoffMs(this.#attempt++, random());
  }

  /** One conversation, from its beginning to its end. @returns why it ended. @throws why it could not begin, or broke. */
  async #converse(run: AbortSignal): Promise<unknown> {
    const { clock, dial, token } = this.#settings;
    const socket = await dial(run);
    const heartbeat = startHeartbeat(
      clock,
      () => void socket.send({ type: "ping" }).catch(() => {}),
      () => socket.abort(new TimeoutError("timed-out", "the server has said nothing for 30 seconds")),
    );
    const unwelcome = clock.after(WELCOME_TIMEOUT_MS, () => {
      if (this.#socket !== socket)
        socket.abort(new TimeoutError("timed-out", "the server does not answer to our name"));
    });
    const close = (): void => void socket.close();
    run.addEventListener("abort", close);
    try {
      if (run.aborted) return undefined;
      await socket.send({
        type: "hello",
        name: this.#name,
        key: this.#key,
        ...(token !== undefined && { token }),
      });
      const last = await this.#listen(socket, heartbeat, run);
      if (last !== undefined) return last;
      const { error, reason = "" } = await socket.closed;
      // A WebSocket's reason begins with its close code (RFC 6455 §7.4.1).
      const said = reason.replace(/^\d+ ?/, "");
      return (
        error ??
        new ClosedError("ended", `the server ended the conversation${said === "" ? "" : `: ${said}`}`)
      );
    } finally {
      heartbeat.stop();
      unwelcome.clear();
      run.removeEventListener("abort", close);
      if (this.#socket === socket) this.#lost();
      void socket.close();
    }
  }

  /** @returns a refusal that ended it. */
  async #listen(
    socket: ChatSocket,
    heartbeat: Heartbeat,
    run: AbortSignal,
  ): Promise<RefusedError | undefined> {
    for await (const message of socket) {
      if (run.aborted) return undefined;
      heartbeat.heard();
      if (message.type === "welcome") this.#welcomed(socket, message.name);
      else if (message.type === "refused") {
        const { code, detail } = message;
        const isLast = this.#socket !== socket || code === "replaced" || code === "bad-message";
        if (isLast) return new RefusedError(code, detail);
        this.#refused(message);
      } else if (message.type !== "pong") this.#handle(message);
    }
    return undefined;
  }

  #welcomed(socket: ChatSocket, name: string): void {
    this.#socket = socket;
    this.#name = name;
    this.#attempt = 0;
    this.#setPhase({ name: "open" });
    for (const room of this.#rooms.values()) this.#join(room);
    for (const lane of this.#outbox.lanes("@")) this.#outbox.pump(lane);
  }

  #lost(): void {
    this.#socket = undefined;
    this.#lostMs = this.#settings.clock.now();
    this.#outbox.lost();
    for (const room of this.#rooms.values()) room.lost();
    this.#typedMs.clear();
  }

  #handle(message: Exclude<FromServer, { type: "welcome" | "refused" | "pong" }>): void {
    if (message.type === "whispered") {
      this.#whispered(message);
      return;
    }
    // What is still on its way from a room that was left meanwhile concerns nobody.
    const room = this.#rooms.get(keyOf(message.room));
    if (room === undefined) return;
    switch (message.type) {
      case "joined":
        this.#joined(room, message);
        break;
      case "said":
        this.#said(room, message);
        break;
      case "stored":
        this.#stored(room, message);
        break;
      case "typing":
        if (message.name !== this.#name) room.typing(message.name);
        break;
      case "presence": {
        const { arrived, departed, people } = message;
        this.#ask(room, room.people.changed(arrived, departed, people));
        room.touch();
        this.#emit({ event: "presence", room: room.shown, arrived, departed, people });
        break;
      }
      case "people": {
        const { names, people, more } = message;
        this.#ask(room, room.people.page(names, people, more));
        room.touch();
        this.#emit({ event: "people", room: room.shown, names, people, more });
        break;
      }
      case "page": {
        const messages = room.page(message.messages, message.more);
        this.#emit({ event: "page", room: room.shown, messages, more: room.more });
        break;
      }
      case "left":
        break;
    }
  }

  #joined(room: Room, { room: shown, seq, people }: Message<"joined">): void {
    const again = room.lastSeq !== undefined;
    room.shown = shown;
    room.state = "joined";
    room.refusal = undefined;
    if (!again) {
      room.begin(seq);
      this.#outbox.forgetStored(room.key);
    }
    this.#ask(room, room.people.joined(people));
    room.touch();
    this.#emit({ event: "joined", room: shown, people, again });
    const limit = this.#settings.history ?? MAX_PAGE_MESSAGES;
    if (!again && limit > 0) this.history(room.key, limit);
    this.#outbox.pump(room.key);
  }

  #said(room: Room, { seq, id, from, text, at }: Message<"said">): void {
    const message = { seq, id, from, text, at };
    if (room.state !== "joined") return;
    const isOwn = message.from === this.#name;
    if (!room.said(message, isOwn, this.#lookedAt === room.key)) return;
    this.#emit({ event: "said", room: room.shown, ...message });
    if (!isOwn) return;
    // It is said to everybody after it is stored: that acknowledges it, too.
    this.#acknowledge(room, message.id, message.seq);
    this.#outbox.remove(room.key, message.id);
  }

  #stored(room: Room, { id, seq }: Message<"stored">): void {
    this.#acknowledge(room, id, seq);
    // Said before it was told stored: it is among the messages.
    if (seq <= (room.lastSeq ?? 0)) this.#outbox.remove(room.key, id);
  }

  #acknowledge(room: Room, id: string, seq: number): void {
    if (this.#outbox.acknowledge(room.key, id, seq))
      this.#emit({ event: "stored", room: room.shown, id, seq });
  }

  #whispered({ id, from, to, text, at }: Message<"whispered">): void {
    const whisper = { id, from, to, text, at };
    if (whisper.from === this.#name) {
      for (const lane of this.#outbox.lanes("@")) {
        this.#outbox.acknowledge(lane, whisper.id, 0);
        this.#outbox.remove(lane, whisper.id);
      }
    }
    // Whoever lost the connection before they were acknowledged whispers it again.
    const key = `${whisper.from}\n${whisper.id}`;
    if (this.#whispersSeen.has(key)) return;
    this.#whispersSeen.add(key);
    if (this.#whispersSeen.size > MAX_WHISPERS)
      this.#whispersSeen.delete(this.#whispersSeen.keys().next().value!);
    this.#whispers = [...this.#whispers.slice(1 - MAX_WHISPERS), whisper];
    this.#changed();
    this.#emit({ event: "whispered", ...whisper });
  }

  #refused({ code, detail, room: name, id, retryAfterMs }: Message<"refused">): void {
    const room = name === undefined ? undefined : this.#rooms.get(keyOf(name));
    if (id !== undefined) {
      const lane = this.#outbox.refuse(id, code, detail, retryAfterMs);
      if (lane !== undefined)
        this.#emit({ event: "refused", code, detail, id, ...(name !== undefined && { room: name }) });
      if (code === "not-joined" && room?.state === "joined") {
        room.lost();
        this.#join(room);
      }
      return;
    }
    if (room?.state === "joining") this.#joinRefused(room, code, detail, retryAfterMs);
    else {
      room?.pageLost();
      this.#emit({ event: "refused", code, detail, ...(name !== undefined && { room: name }) });
    }
  }

  #joinRefused(room: Room, code: Message<"refused">["code"], detail: string, retryAfterMs = 1000): void {
    if (code === "too-fast" || code === "busy" || code === "not-stored") {
      const socket = this.#socket;
      this.#settings.clock.after(retryAfterMs, () => {
        if (this.#socket === socket && room.state === "joining") this.#join(room);
      });
      return;
    }
    // The server's history is shorter than what was shown here: it is another one. What is kept is from the old one.
    if (code === "bad-position") {
      room.lastSeq = undefined;
      this.#join(room);
      return;
    }
    room.state = "refused";
    room.refusal = { code, why: detail };
    this.#outbox.refuseLane(room.key, code, detail);
    room.touch();
    this.#emit({ event: "refused", code, detail, room: room.shown });
  }

  #join(room: Room): void {
    room.state = "joining";
    room.refusal = undefined;
    room.touch();
    const { lastSeq } = room;
    this.#send({ type: "join", room: room.shown, ...(lastSeq !== undefined && { after: lastSeq }) });
  }

  #ask(room: Room | undefined, question: PeopleQuestion | undefined): void {
    if (room !== undefined && question !== undefined)
      this.#send({ type: "who", room: room.shown, ...question });
  }

  #transmit(lane: string, id: string, text: string): boolean {
    if (lane.startsWith("@")) return this.#send({ type: "whisper", to: lane.slice(1), id, text });
    const room = this.#rooms.get(lane);
    return room?.state === "joined" && this.#send({ type: "say", room: room.shown, id, text });
  }

  /** @returns whether there is a conversation to say it in. Whether it gets there shows in what is said back. */
  #send(message: FromClient): boolean {
    if (this.#socket === undefined) return false;
    this.#socket.send(message).catch(() => {});
    return true;
  }

  async #wait(waitMs: number, run: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#settings.clock.after(waitMs, resolve);
    this.#wake = resolve;
    run.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    timer.clear();
    if (this.#wake === resolve) this.#wake = undefined;
  }

  #stop(run: AbortController): void {
    run.abort();
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#lost();
    this.#outbox.close();
    this.#setPhase({ name: "closed" });
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase;
    this.#changed();
    this.#emit({ event: "phase", phase });
  }

  #emit(event: SessionEvent): void {
    for (const listener of this.#eventListeners) listener(event);
  }

  #changed(): void {
    this.#view = undefined;
    this.#notifying ??= this.#settings.clock.after(0, () => {
      this.#notifying = undefined;
      for (const listener of this.#listeners) listener();
    });
  }

  #look(): SessionView {
    return {
      phase: this.#phase,
      name: this.#name,
      rooms: [...this.#rooms.values()].map((room) => room.view(() => this.#outbox.view(room.key))),
      whispers: this.#whispers,
      whispering: this.#outbox
        .lanes("@")
        .flatMap((lane) => this.#outbox.view(lane).map((outgoing) => ({ ...outgoing, to: lane.slice(1) }))),
    };
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
