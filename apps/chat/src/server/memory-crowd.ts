// Who is there, in this process's memory. Knows neither conversations nor messages, and no time but its clock's.
import { UsageError, type Clock } from "@socketlab/core";
import type { Named } from "../names.ts";
import type { Crowd, CrowdEvents, Whisper } from "./crowd.ts";
import { Presence } from "./presence.ts";

/** One who has a name. */
interface Holder {
  readonly person: Named;
  readonly secret: string | undefined;
  /** By key. Thousands of people are in one or two: an array is the smallest that holds them. */
  rooms: readonly string[];
}

/**
 * A person is the very object that was claimed with: what another one, who lost the same name, still asks is ignored.
 */
export class MemoryCrowd implements Crowd {
  readonly #holders = new Map<string, Holder>();
  readonly #presence: Presence;
  #events: CrowdEvents | undefined;

  constructor(clock: Clock) {
    this.#presence = new Presence(clock, (change) => this.#events?.presence(change));
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
    this.#holders.set(person.key, { person, secret, rooms: [] });
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
    if (!holder.rooms.includes(name)) holder.rooms = holder.rooms.concat(name);
    return this.#presence.join(name, person);
  }

  leave(name: string, person: Named): void {
    const holder = this.#holderOf(person);
    if (holder?.rooms.includes(name) !== true) return;
    holder.rooms = holder.rooms.filter((room) => room !== name);
    this.#presence.leave(name, person);
  }

  people(
    name: string,
    after: string | undefined,
    limit: number,
  ): { names: string[]; people: number; more: boolean } {
    return this.#presence.people(name, after, limit);
  }

  typing(name: string, person: Named): void {
    if (this.#holderOf(person)?.rooms.includes(name) === true) this.#events?.typing(name, person.shown);
  }

  whisper(to: string, whisper: Whisper): Promise<boolean> {
    const isThere = this.#holders.has(to);
    if (isThere) this.#events?.whispered(to, whisper);
    return Promise.resolve(isThere);
  }

  close(): Promise<void> {
    this.#presence.clear();
    this.#holders.clear();
    this.#events = undefined;
    return Promise.resolve();
  }

  #holderOf(person: Named): Holder | undefined {
    const holder = this.#holders.get(person.key);
    return holder?.person === person ? holder : undefined;
  }
}
