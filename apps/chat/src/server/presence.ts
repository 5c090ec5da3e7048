// Who is in which room, and what is told of it, a few times a second. Does not know where the people are.
import type { Clock, Timer } from "@socketlab/core";
import { parseName, type Named } from "../names.ts";
import { MAX_NAMED_PEOPLE } from "../protocol.ts";
import type { PresenceChange } from "./crowd.ts";

/** A room's changes are collected for so long, and told together: five times a second at most. */
const PRESENCE_PERIOD_MS = 200;

interface Room {
  readonly people: Map<string, Named>;
  /** The keys in order: sorted when a page is asked for, so that to join costs the same in a full room. */
  inOrder: readonly string[] | undefined;
  /** Whose presence has changed since it was told, and the name that is known of them. */
  readonly changed: Map<string, Named | undefined>;
  /** How many there were when it was told. */
  toldPeople: number;
  timer: Timer | undefined;
}

export class Presence {
  readonly #clock: Clock;
  readonly #tell: (change: PresenceChange) => void;
  readonly #rooms = new Map<string, Room>();

  constructor(clock: Clock, tell: (change: PresenceChange) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** To join twice changes nothing. @returns how many are there now. */
  join(name: string, person: Named): number {
    const room = this.#rooms.get(name) ?? this.#open(name);
    if (!room.people.has(person.key)) {
      this.#change(name, room, person.key);
      room.people.set(person.key, person);
    }
    return room.people.size;
  }

  leave(name: string, person: Named): void {
    const room = this.#rooms.get(name);
    if (room?.people.has(person.key) !== true) return;
    this.#change(name, room, person.key);
    room.people.delete(person.key);
    if (room.people.size > 0) return;
    room.timer?.clear();
    this.#rooms.delete(name);
  }

  people(
    name: string,
    after: string | undefined,
    limit: number,
  ): { names: string[]; people: number; more: boolean } {
    const room = this.#rooms.get(name);
    if (room === undefined) return { names: [], people: 0, more: false };
    const keys = (room.inOrder ??= [...room.people.keys()].toSorted());
    const start = after === undefined ? 0 : firstAfter(keys, parseName(after)?.key ?? after);
    const names = keys.slice(start, start + limit).map((key) => room.people.get(key)!.shown);
    return { names, people: keys.length, more: start + limit < keys.length };
  }

  /** Nothing is told any more. */
  clear(): void {
    for (const { timer } of this.#rooms.values()) timer?.clear();
    this.#rooms.clear();
  }

  #open(name: string): Room {
    const room: Room = {
      people: new Map(),
      inOrder: undefined,
      changed: new Map(),
      toldPeople: 0,
      timer: undefined,
    };
    this.#rooms.set(name, room);
    return room;
  }

  /** To be called before the change. */
  #change(name: string, room: Room, key: string): void {
    if (!room.changed.has(key)) room.changed.set(key, room.people.get(key));
    room.inOrder = undefined;
    room.timer ??= this.#clock.after(PRESENCE_PERIOD_MS, () => this.#tellOf(name, room));
  }

  #tellOf(name: string, room: Room): void {
    const people = room.people.size;
    const arrived: string[] = [];
    const departed: string[] = [];
    for (const [key, known] of people > MAX_NAMED_PEOPLE ? [] : room.changed) {
      const now = room.people.get(key);
      // Whoever left and came back with the same name was there all the time.
      if (now?.shown === known?.shown) continue;
      if (known !== undefined) departed.push(known.shown);
      if (now !== undefined) arrived.push(now.shown);
    }
    const hasChanged = arrived.length > 0 || departed.length > 0 || people !== room.toldPeople;
    room.changed.clear();
    room.timer = undefined;
    room.toldPeople = people;
    if (hasChanged) this.#tell({ room: name, arrived, departed, people });
  }
}

/** Where the keys begin that come after this one, which may be none of them. */
function firstAfter(keys: readonly string[], key: string): number {
  let from = 0;
  let to = keys.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (keys[middle]! <= key) from = middle + 1;
    else to = middle;
  }
  return from;
}
