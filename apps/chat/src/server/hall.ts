// The chat itself: who comes in, by which name, and what becomes of what they ask. Clock, store and crowd are handed in;
// it knows no transport, no file and no time of its own.
import type { Rate } from "@socketlab/core";
import { TokenError } from "@socketlab/core/server-kit";
import { parseName, type Named } from "../names.ts";
import type { FromClient } from "../protocol.ts";
import type { Whisper } from "./crowd.ts";
import { Member, type ChatSocket } from "./member.ts";
import { assertText, personOf, Refusal, RETRY_AFTER_MS } from "./refusal.ts";
import { Rooms, type Asked, type RoomsOptions } from "./rooms.ts";
import { StoreError } from "./store.ts";
import type { Admission } from "./tokens.ts";

/** Somebody who does not listen to so many refusals is a program that went wrong, or worse. */
const MAX_REFUSED_IN_A_ROW = 1000;
const HELLO_TIMEOUT_MS = 30_000;

export interface HallOptions extends RoomsOptions {
  /** Milliseconds by a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly rate: Rate;
  /** What a token says. @throws TokenError. Undefined: there are no tokens here. */
  readonly verify?: ((token: string) => Promise<Admission>) | undefined;
  /** Nobody is welcome without a token. */
  readonly isTokenNeeded?: boolean;
}

export class Hall {
  readonly #options: HallOptions;
  readonly #rooms: Rooms;
  /** Those who have a name, by its key. */
  readonly #members = new Map<string, Member>();

  /** Begins to follow the store and the crowd, for as long as they live. */
  constructor(options: HallOptions) {
    this.#options = options;
    const rooms = new Rooms(options);
    this.#rooms = rooms;
    options.store.follow((entry) => rooms.tellSaid(entry));
    options.crowd.follow({
      presence: (change) => rooms.tellPresence(change),
      typing: (room, name) => rooms.tellTyping(room, name, this.#members.get(parseName(name)?.key ?? "")),
      whispered: (to, whisper) => void this.#members.get(to)?.tell({ type: "whispered", ...whisper }),
      replaced: (person) => this.#replaced(person),
    });
  }

  /** What there was to do so far, and how many are here now. */
  get counts(): { stored: number; deliveries: number; rooms: number; people: number } {
    const { stored, deliveries, open } = this.#rooms;
    return { stored, deliveries, rooms: open, people: this.#members.size };
  }

  /** A conversation begins. Hand what it says to `receive`, one after the other; at its end call `leave`. */
  enter(socket: ChatSocket): Member {
    const member = new Member(socket, this.#options.rate);
    member.helloTimer = this.#options.clock.after(HELLO_TIMEOUT_MS, () => {
      const detail = `nobody said hello within ${HELLO_TIMEOUT_MS / 1000} seconds`;
      void member.tell({ type: "refused", code: "not-named", detail });
      void socket.close(detail);
    });
    return member;
  }

  leave(member: Member): void {
    member.helloTimer?.clear();
    const { person } = member;
    if (person === undefined) return;
    this.#rooms.leaveAll(member, person);
    if (this.#members.get(person.key) === member) this.#members.delete(person.key);
    member.isGone = true;
    // Ignored if the name is somebody else's by now.
    this.#options.crowd.release(person);
  }

  /** Settles when the next message may come. @throws ClosedError when the conversation is over. */
  async receive(member: Member, message: FromClient): Promise<void> {
    if (message.type === "ping") return member.tell({ type: "pong" });
    if (member.isGone) return;
    const answered = this.#answer(member, message).then(
      () => void (member.refusedInARow = 0),
      (error: unknown) => this.#refuse(member, message, this.#refusalOf(error)),
    );
    if (message.type !== "say") return answered;
    // Nobody waits until it is stored: what is said next is stored together with it.
    answered.catch((error: Error) => member.socket.abort(error));
  }

  async #answer(member: Member, message: Exclude<FromClient, { type: "ping" }>): Promise<void> {
    const waitMs = member.bucket.take(this.#options.monotonicMs());
    if (waitMs > 0) throw new Refusal("too-fast", `that is too fast; wait ${waitMs} ms`, waitMs);
    if (message.type === "hello") return this.#hello(member, message);
    const { person } = member;
    if (person === undefined) throw new Refusal("not-named", "say hello first, with your name");
    switch (message.type) {
      case "join":
        return this.#rooms.join(member, person, message);
      case "leave":
        return this.#rooms.leave(member, person, message);
      case "say":
        return this.#rooms.say(member, person, message);
      case "whisper":
        return this.#whisper(member, person, message);
      case "typing":
        return this.#rooms.typing(member, person, message);
      case "who":
        return this.#rooms.who(member, message);
      case "history":
        return this.#rooms.history(member, message);
    }
  }

  async #hello(member: Member, { name, key, token }: Asked<"hello">): Promise<void> {
    if (member.person !== undefined)
      throw new Refusal("already-named", `you are ${member.person.shown} already`);
    const admission = token === undefined ? undefined : await this.#verified(token);
    if (admission === undefined && this.#options.isTokenNeeded === true)
      throw new Refusal("token-needed", "this server welcomes only those who come with a token");
    // A token is made out to somebody.
    const person = personOf(admission?.name ?? name);
    if (!(await this.#options.crowd.claim(person, key)))
      throw new Refusal("name-taken", `somebody is called ${person.shown} already; choose another name`);
    // Whoever had it here has lost it, whether the crowd has said so yet or not.
    this.#replace(this.#members.get(person.key));
    this.#members.set(person.key, member);
    member.person = person;
    member.admission = admission;
    member.helloTimer?.clear();
    member.helloTimer = undefined;
    void member.tell({ type: "welcome", name: person.shown });
  }

  async #verified(token: string): Promise<Admission> {
    if (this.#options.verify === undefined)
      throw new Refusal("bad-token", "this server takes no tokens; come without one");
    return this.#options.verify(token);
  }

  async #whisper(member: Member, person: Named, message: Asked<"whisper">): Promise<void> {
    assertText(message);
    const { crowd, clock } = this.#options;
    const to = personOf(message.to);
    const { id, text } = message;
    // As that person is shown, if it is at this server; else as the name was written.
    const shown = this.#members.get(to.key)?.person?.shown ?? to.shown;
    const whisper: Whisper = { id, from: person.shown, to: shown, text, at: clock.now() };
    if (!(await crowd.whisper(to.key, whisper)))
      throw new Refusal("nobody", "nobody of that name is here now");
    // Who whispers to itself has heard it.
    if (to.key !== person.key) void member.tell({ type: "whispered", ...whisper });
  }

  #refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof TokenError) return new Refusal("bad-token", error.message);
    if (!(error instanceof StoreError)) throw error;
    this.#options.onError(error);
    return new Refusal("busy", "the server cannot do that now; try again", RETRY_AFTER_MS);
  }

  #refuse(member: Member, about: FromClient, { code, message, retryAfterMs }: Refusal): void {
    void member.tell({
      type: "refused",
      code,
      detail: message,
      ...("room" in about && { room: parseName(about.room)?.key ?? about.room }),
      ...("id" in about && { id: about.id }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    if (++member.refusedInARow < MAX_REFUSED_IN_A_ROW) return;
    const detail = `${MAX_REFUSED_IN_A_ROW} messages in a row were refused`;
    void member.tell({ type: "refused", code: "bad-message", detail });
    void member.socket.close(detail);
  }

  #replaced(person: Named): void {
    const member = this.#members.get(person.key);
    // The one who has the name now may be here too.
    if (member?.person === person) this.#replace(member);
  }

  #replace(member: Member | undefined): void {
    if (member === undefined) return;
    member.isGone = true;
    this.#members.delete(member.person!.key);
    const detail = "you have come in again from elsewhere";
    void member.tell({ type: "refused", code: "replaced", detail });
    void member.socket.close(detail);
  }
}
