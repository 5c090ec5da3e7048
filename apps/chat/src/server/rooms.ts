// The rooms of this server: joined, left, talked in and looked back at. Clock, store and crowd are handed in. Knows
// neither how somebody came by a name nor how a refusal is told.
import { ClosedError, UsageError, type Clock } from "@socketlab/core";
import type { Named } from "../names.ts";
import { MAX_PAGE_MESSAGES, MAX_PAGE_NAMES, type FromClient, type SaidMessage } from "../protocol.ts";
import type { Crowd, PresenceChange } from "./crowd.ts";
import type { Member } from "./member.ts";
import { assertText, Refusal, RETRY_AFTER_MS, roomOf } from "./refusal.ts";
import { messageOf, Room, type Place } from "./room.ts";
import type { Entry, Store } from "./store.ts";

/** Of one client. */
const MAX_ROOMS = 32;
const MAX_MEMBERS = 20_000;
/** Messages of one client that the store has not yet answered for. */
const MAX_OUTSTANDING = 64;
/** So that a page stays below the longest line (64 KiB), with room for what is around its messages. */
const MAX_PAGE_BYTES = 60 * 1024;

export interface RoomsOptions {
  readonly store: Store;
  readonly crowd: Crowd;
  readonly clock: Clock;
  /** Keys of the rooms that need a token. */
  readonly membersOnly?: ReadonlySet<string>;
  /** Called with what went wrong on this side. */
  readonly onError: (error: Error) => void;
}

export type Asked<Type extends FromClient["type"]> = FromClient & { type: Type };

/** What is asked of it may throw (or reject with) a Refusal, or a StoreError. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room>();
  /** Messages of this server's clients that the store has kept, repeats included. */
  stored = 0;
  /** How often somebody was told what was said in the moment it was. */
  deliveries = 0;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  async join(member: Member, person: Named, message: Asked<"join">): Promise<void> {
    const { store, crowd, clock } = this.#options;
    const name = roomOf(message.room);
    if (member.placeIn(name) !== undefined)
      throw new Refusal("already-joined", "you are in this room already");
    if (member.places.length >= MAX_ROOMS)
      throw new Refusal("too-many-rooms", `nobody is in more than ${MAX_ROOMS} rooms; leave one first`);
    this.#assertOpenTo(member, name);
    const room = this.#rooms.get(name) ?? new Room(name);
    this.#rooms.set(name, room);
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
      member.places = member.places.concat(place);
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

  leave(member: Member, person: Named, message: Asked<"leave">): void {
    const place = placeIn(member, message.room);
    member.places = member.places.filter((other) => other !== place);
    this.#leave(person, place);
    void member.tell({ type: "left", room: place.room.name });
  }

  leaveAll(member: Member, person: Named): void {
    for (const place of member.places) this.#leave(person, place);
    member.places = [];
  }

  /** Settles when it is stored. What is asked for in order is stored in order, without waiting in between. */
  async say(member: Member, person: Named, message: Asked<"say">): Promise<void> {
    const { room } = placeIn(member, message.room);
    assertText(message);
    if (member.outstanding >= MAX_OUTSTANDING)
      throw new Refusal("busy", `${MAX_OUTSTANDING} of your messages are not stored yet`, RETRY_AFTER_MS);
    const { id, text } = message;
    const { store, clock } = this.#options;
    member.outstanding++;
    try {
      const { seq } = await store.append({ room: room.name, id, from: person.shown, text, at: clock.now() });
      room.know(seq);
      this.stored++;
      void member.tell({ type: "stored", room: room.name, id, seq });
    } catch (error) {
      throw this.#notStored(error as Error);
    } finally {
      member.outstanding--;
    }
  }

  typing(member: Member, person: Named, message: Asked<"typing">): void {
    this.#options.crowd.typing(placeIn(member, message.room).room.name, person);
  }

  who(member: Member, { room: name, after }: Asked<"who">): Promise<void> {
    const room = placeIn(member, name).room.name;
    const page = this.#options.crowd.people(room, after, MAX_PAGE_NAMES);
    return member.tell({ type: "people", room, ...page });
  }

  async history(member: Member, { room: name, before, limit }: Asked<"history">): Promise<void> {
    const { room } = placeIn(member, name);
    if (before !== undefined && before > room.last + 1)
      throw new Refusal("bad-position", `the last message of this room has position ${room.last}`);
    const wanted = limit ?? MAX_PAGE_MESSAGES;
    // One more than is wanted tells whether there is more.
    const entries = await this.#options.store.read(room.name, {
      limit: wanted + 1,
      latest: true,
      ...(before !== undefined && { before }),
    });
    const messages = latestThatFit(entries.slice(-wanted));
    await member.tell({ type: "page", room: room.name, messages, more: messages.length < entries.length });
  }

  /** To be called with each message that the store has kept, once and in order. */
  tellSaid(entry: Entry): void {
    this.deliveries += this.#rooms.get(entry.room)?.said(entry) ?? 0;
  }

  tellPresence({ room, arrived, departed, people }: PresenceChange): void {
    this.#rooms
      .get(room)
      ?.tellAll({ type: "presence", room, arrived: [...arrived], departed: [...departed], people });
  }

  /** @param typist who is not told, if it is here. */
  tellTyping(room: string, name: string, typist: Member | undefined): void {
    this.#rooms.get(room)?.tellAll({ type: "typing", room, name }, typist?.socket);
  }

  /** Rooms in which somebody is. */
  get open(): number {
    return this.#rooms.size;
  }

  #assertOpenTo({ admission }: Member, room: string): void {
    if (this.#options.membersOnly?.has(room) !== true) return;
    if (admission === undefined) throw new Refusal("token-needed", "this room needs a token");
    if (admission.expiresAtMs <= this.#options.clock.now())
      throw new Refusal("bad-token", "your token has expired");
    if (admission.rooms?.has(room) === false)
      throw new Refusal("token-needed", "your token is not one for this room");
  }

  #leave(person: Named, place: Place): void {
    const { room } = place;
    room.leave(place);
    this.#options.crowd.leave(room.name, person);
    this.#forgetIfEmpty(room);
  }

  #notStored(error: Error): Refusal {
    if (error instanceof UsageError && error.code === "id-reused")
      return new Refusal("id-reused", "you have said something else with this id");
    this.#options.onError(error);
    return new Refusal("not-stored", "the message is not stored; to repeat it is harmless", RETRY_AFTER_MS);
  }

  #forgetIfEmpty(room: Room): void {
    if (room.isEmpty) this.#rooms.delete(room.name);
  }
}

/** The member's place in the room. @throws Refusal `bad-room`, `not-joined`. */
function placeIn(member: Member, name: string): Place {
  const place = member.placeIn(roomOf(name));
  if (place === undefined) throw new Refusal("not-joined", "you are not in this room; join it first");
  return place;
}

function latestThatFit(entries: readonly Entry[]): SaidMessage[] {
  const messages = entries.map(messageOf);
  let bytes = 0;
  const tooMuchAt = messages.findLastIndex(
    (message) => (bytes += Buffer.byteLength(JSON.stringify(message)) + 1) > MAX_PAGE_BYTES,
  );
  return messages.slice(tooMuchAt + 1);
}
