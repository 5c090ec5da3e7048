// The chat itself: who is in which room, what is refused, who is told what. Clock, store and crowd are handed in; it
// knows no transport, no file and no time of its own.
import { ClosedError, UsageError, type Clock } from "@socketlab/core";
import { parseName, type Named } from "../names.ts";
import { MAX_PAGE_MESSAGES, MAX_PAGE_NAMES, type FromClient, type SaidMessage } from "../protocol.ts";
import type { Crowd, PresenceChange, Whisper } from "./crowd.ts";
import { Member, type ChatSocket } from "./member.ts";
import { assertText, personOf, Refusal, roomOf } from "./refusal.ts";
import { messageOf, Room } from "./room.ts";
import { StoreError, type Entry, type Store } from "./store.ts";
import type { Rate } from "./token-bucket.ts";
import { TokenError, type Admission } from "./tokens.ts";

const MAX_ROOMS = 32;
const MAX_MEMBERS = 20_000;
/** Messages of one client that the store has not yet answered for. */
const MAX_OUTSTANDING = 64;
/** Somebody who does not listen to so many refusals is a program that went wrong, or worse. */
const MAX_REFUSED_IN_A_ROW = 1000;
const HELLO_TIMEOUT_MS = 30_000;
/** So that a page stays below the longest line (64 KiB), with room for what is around its messages. */
const MAX_PAGE_BYTES = 60 * 1024;
const RETRY_AFTER_MS = 1000;

export interface HallOptions {
  readonly store: Store;
  readonly crowd: Crowd;
  readonly clock: Clock;
  /** Milliseconds by a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly rate: Rate;
  /** What a token says. @throws TokenError. Undefined: there are no tokens here. */
  readonly verify?: ((token: string) => Promise<Admission>) | undefined;
  /** Nobody is welcome without a token. */
  readonly isTokenNeeded?: boolean;
  /** Keys of the rooms that need a token. */
  readonly membersOnly?: ReadonlySet<string>;
  /** Called with what went wrong on this side: a store that cannot, a fault of ours. */
  readonly onError: (error: Error) => void;
}

type Asked<Type extends FromClient["type"]> = FromClient & { type: Type };

export class Hall {
  readonly #options: HallOptions;
  readonly #rooms = new Map<string, Room>();
  /** By the key of the name. */
  readonly #members = new Map<string, Member>();

  /** Begins to follow the store and the crowd, for as long as they live. */
  constructor(options: HallOptions) {
    this.#options = options;
    options.store.follow((entry) => this.#said(entry));
    options.crowd.follow({
      presence: (change) => this.#presence(change),
      typing: (room, name) => this.#typing(room, name),
      whispered: (to, whisper) => this.#whispered(to, whisper),
      replaced: (person) => this.#replaced(person),
    });
  }

  /** A conversation begins. Hand everything that it says to `receive`, one after the other; at its end call `leave`. */
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
    for (const { room } of member.rooms.values()) this.#leaveRoom(member, room);
    if (member.person === undefined || member.isGone) return;
    member.isGone = true;
    this.#members.delete(member.person.key);
    this.#options.crowd.release(member.person);
  }

  /** Settles when the next message may come. @throws ClosedError when the conversation is over. */
  async receive(member: Member, message: FromClient): Promise<void> {
    if (message.type === "ping") return member.tell({ type: "pong" });
    if (member.isGone) return;
    try {
      const waitMs = member.bucket.take(this.#options.monotonicMs());
      if (waitMs > 0) throw new Refusal("too-fast", `that is too fast; wait ${waitMs} ms`, waitMs);
      await this.#answer(member, message);
      member.refusedInARow = 0;
    } catch (error) {
      this.#refuse(member, message, this.#refusalOf(error));
    }
  }

  async #answer(member: Member, message: Exclude<FromClient, { type: "ping" }>): Promise<void> {
    if (message.type === "hello") return this.#hello(member, message);
    const { person } = member;
    if (person === undefined) throw new Refusal("not-named", "say hello first, with your name");
    switch (message.type) {
      case "join":
        return this.#join(member, person, message);
      case "leave":
        return this.#leave(member, message);
      case "say":
        return this.#say(member, person, message);
      case "whisper":
        return this.#whisper(member, person, message);
      case "typing":
        return this.#options.crowd.typing(roomIn(member, message.room).name, person);
      case "who":
        return this.#who(member, message);
      case "history":
        return this.#history(member, message);
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
    void member.tell({ type: "welcome", name: person.shown });
  }

  async #verified(token: string): Promise<Admission> {
    if (this.#options.verify === undefined)
      throw new Refusal("bad-token", "this server takes no tokens; come without one");
    return this.#options.verify(token);
  }

  async #join(member: Member, person: Named, message: Asked<"join">): Promise<void> {
    const { store, crowd, clock } = this.#options;
    const name = roomOf(message.room);
    if (member.rooms.has(name)) throw new Refusal("already-joined", "you are in this room already");
    if (member.rooms.size >= MAX_ROOMS)
      throw new Refusal("too-many-rooms", `nobody is in more than ${MAX_ROOMS} rooms; leave one first`);
    this.#assertOpenTo(member, name);
    const room = this.#roomOf(name);
    room.entering++;
    try {
      room.know(await store.last(name));
      if (member.isGone) return;
      const { after = room.last } = message;
      if (after > room.last)
        throw new Refusal("bad-position", `the last message of this room has position ${room.last}`);
      if (room.people >= MAX_MEMBERS)
        throw new Refusal("room-full", `there are ${MAX_MEMBERS} people in this room, and no room for more`);
      const place = room.enter(member.socket, after);
      member.rooms.set(name, place);
      const people = crowd.join(name, person);
      void member.tell({ type: "joined", room: name, seq: room.last, people });
      room.catchUp(place, store, clock).catch((error: Error) => {
        // The conversation ended meanwhile, or we are wrong.
        if (!(error instanceof ClosedError)) member.socket.abort(error);
      });
    } finally {
      room.entering--;
      this.#forgetIfEmpty(room);
    }
  }

  #assertOpenTo({ admission }: Member, room: string): void {
    if (this.#options.membersOnly?.has(room) !== true) return;
    if (admission === undefined) throw new Refusal("token-needed", "this room needs a token");
    if (admission.expiresAtMs <= this.#options.clock.now())
      throw new Refusal("bad-token", "your token has expired");
    if (admission.rooms?.has(room) === false)
      throw new Refusal("token-needed", "your token is not one for this room");
  }

  #leave(member: Member, message: Asked<"leave">): void {
    const room = roomIn(member, message.room);
    this.#leaveRoom(member, room);
    void member.tell({ type: "left", room: room.name });
  }

  #leaveRoom(member: Member, room: Room): void {
    room.leave(member.rooms.get(room.name)!);
    member.rooms.delete(room.name);
    this.#options.crowd.leave(room.name, member.person!);
    this.#forgetIfEmpty(room);
  }

  #say(member: Member, person: Named, message: Asked<"say">): void {
    const room = roomIn(member, message.room);
    assertText(message);
    if (member.outstanding >= MAX_OUTSTANDING)
      throw new Refusal("busy", `${MAX_OUTSTANDING} of your messages are not stored yet`, RETRY_AFTER_MS);
    // Not awaited: the next ones are stored together with this one.
    void this.#keep(member, person, room, message);
  }

  async #keep(member: Member, person: Named, room: Room, message: Asked<"say">): Promise<void> {
    const { id, text } = message;
    const { store, clock } = this.#options;
    member.outstanding++;
    try {
      const { seq } = await store.append({ room: room.name, id, from: person.shown, text, at: clock.now() });
      room.know(seq);
      void member.tell({ type: "stored", room: room.name, id, seq });
    } catch (error) {
      this.#refuse(member, message, this.#notStored(error as Error));
    } finally {
      member.outstanding--;
    }
  }

  #notStored(error: Error): Refusal {
    if (error instanceof UsageError && error.code === "id-reused")
      return new Refusal("id-reused", "you have said something else with this id");
    this.#options.onError(error);
    return new Refusal("not-stored", "the message is not stored; to repeat it is harmless", RETRY_AFTER_MS);
  }

  async #whisper(member: Member, person: Named, message: Asked<"whisper">): Promise<void> {
    assertText(message);
    const { crowd, clock } = this.#options;
    const to = personOf(message.to);
    const { id, text } = message;
    const whisper = { id, from: person.shown, to: to.shown, text, at: clock.now() };
    if (!(await crowd.whisper(to.key, whisper)))
      throw new Refusal("nobody", "nobody of that name is here now");
    // Who whispers to itself has heard it.
    if (to.key !== person.key) void member.tell({ type: "whispered", ...whisper });
  }

  #who(member: Member, { room: name, after }: Asked<"who">): Promise<void> {
    const room = roomIn(member, name).name;
    return member.tell({
      type: "people",
      room,
      ...this.#options.crowd.people(room, after, MAX_PAGE_NAMES),
    });
  }

  async #history(member: Member, { room: name, before, limit }: Asked<"history">): Promise<void> {
    const room = roomIn(member, name);
    if (before !== undefined && before > room.last + 1)
      throw new Refusal("bad-position", `the last message of this room has position ${room.last}`);
    const { store } = this.#options;
    const wanted = limit ?? MAX_PAGE_MESSAGES;
    // One more than is wanted tells whether there is more.
    const entries = await store.read(room.name, {
      limit: wanted + 1,
      latest: true,
      ...(before !== undefined && { before }),
    });
    const messages = latestThatFit(entries.slice(-wanted));
    await member.tell({ type: "page", room: room.name, messages, more: messages.length < entries.length });
  }

  #refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof TokenError) return new Refusal("bad-token", error.message);
    if (!(error instanceof StoreError)) throw error;
    this.#options.onError(error);
    return new Refusal("busy", "what is stored cannot be read now; try again", RETRY_AFTER_MS);
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

  #said(entry: Entry): void {
    this.#rooms.get(entry.room)?.said(entry);
  }

  #presence({ room, arrived, departed, people }: PresenceChange): void {
    this.#rooms
      .get(room)
      ?.tellAll({ type: "presence", room, arrived: [...arrived], departed: [...departed], people });
  }

  #typing(room: string, name: string): void {
    const typist = this.#members.get(parseName(name)?.key ?? "");
    this.#rooms.get(room)?.tellAll({ type: "typing", room, name }, typist?.socket);
  }

  #whispered(to: string, whisper: Whisper): void {
    void this.#members.get(to)?.tell({ type: "whispered", ...whisper });
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

  #roomOf(name: string): Room {
    const room = this.#rooms.get(name) ?? new Room(name);
    this.#rooms.set(name, room);
    return room;
  }

  #forgetIfEmpty(room: Room): void {
    if (room.isEmpty) this.#rooms.delete(room.name);
  }
}

/** The room, if the member is in it. @throws Refusal `bad-room`, `not-joined`. */
function roomIn(member: Member, name: string): Room {
  const place = member.rooms.get(roomOf(name));
  if (place === undefined) throw new Refusal("not-joined", "you are not in this room; join it first");
  return place.room;
}

function latestThatFit(entries: readonly Entry[]): SaidMessage[] {
  const messages = entries.map(messageOf);
  let bytes = 0;
  const tooMuchAt = messages.findLastIndex(
    (message) => (bytes += Buffer.byteLength(JSON.stringify(message)) + 1) > MAX_PAGE_BYTES,
  );
  return messages.slice(tooMuchAt + 1);
}
