// Who is there, in this process's memory. Knows neither conversations nor messages, and no time but its clock's.
import { UsageError, type Clock, type Timer } from "@socketlab/core";
import { parseName, type Named } from "../names.ts";
import { MAX_NAMED_PEOPLE } from "../protocol.ts";
import type { Crowd, CrowdEvents, Whisper } from "./crowd.ts";

/** A room's changes are collected for so long, and told together: five times a second at most. */
const PRESENCE_PERIOD_MS = 200;

/** One who has a name. */
interface Holder {
  readonly person: Named;
  readonly secret: string | undefined;
  readonly rooms: Set<string>;
}

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

/**
 * A person is the very object that was claimed with: what another one, who lost the same name, still asks is ignored.
 */
export class MemoryCrowd implements Crowd {
  readonly #clock: Clock;
  readonly #holders = new Map<string, Holder>();
  readonly #rooms = new Map<string, Room>();
  #events: CrowdEvents | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  follow(events: CrowdEvents): void {
    this.#events = events;
  }

  claim(person: Named, secret: string | undefined): Promise<boolean> {
    const holder = this.#holders.get(person.key);
    if (holder !== undefined) {
      if (secret === undefined || holder.secret !== secret) return Promise.resolve(false);
      this.release(holder.person);
      this.#events?.replaced(holder.person);
    }
    this.#holders.set(person.key, { person, secret, rooms: new Set() });
    return Promise.resolve(true);
  }

  release(person: Named): void {
    const holder = this.#holderOf(person);
    if (holder === undefined) return;
    for (const room of holder.rooms) this.leave(room, person);
    this.#holders.delete(person.key);
  }

  /** @throws UsageError when `person` does not have its name. */
  join(name: string, person: Named): number {
    const holder = this.#holderOf(person);
    if (holder === undefined)
      throw new UsageError("not-claimed", `${person.shown} joins ${name} without having claimed the name`);
    const room = this.#rooms.get(name) ?? this.#open(name);
    if (!room.people.has(person.key)) {
      holder.rooms.add(name);
      this.#change(name, room, person.key);
      room.people.set(person.key, person);
    }
    return room.people.size;
  }

  leave(name: string, person: Named): void {
    const room = this.#rooms.get(name);
    if (room === undefined || this.#holderOf(person)?.rooms.delete(name) !== true) return;
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

  typing(name: string, person: Named): void {
    if (this.#holderOf(person)?.rooms.has(name) === true) this.#events?.typing(name, person.shown);
  }

  whisper(to: string, whisper: Whisper): Promise<boolean> {
    const isThere = this.#holders.has(to);
    if (isThere) this.#events?.whispered(to, whisper);
    return Promise.resolve(isThere);
  }

  close(): Promise<void> {
    for (const { timer } of this.#rooms.values()) timer?.clear();
    this.#rooms.clear();
    this.#holders.clear();
    this.#events = undefined;
    return Promise.resolve();
  }

  #holderOf(person: Named): Holder | undefined {
    const holder = this.#holders.get(person.key);
    return holder?.person === person ? holder : undefined;
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
    room.timer ??= this.#clock.after(PRESENCE_PERIOD_MS, () => this.#tell(name, room));
  }

  #tell(name: string, room: Room): void {
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
    if (hasChanged) this.#events?.presence({ room: name, arrived, departed, people });
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
