// Stands in for the stores until they are there.
import { UsageError } from "@socketlab/core";
import type { Named } from "../names.ts";
import type { Crowd, CrowdEvents, Whisper } from "./crowd.ts";
import type { Entry, Range, Store } from "./store.ts";

export class ArrayStore implements Store {
  readonly #entries: Entry[] = [];
  readonly #byId = new Map<string, Entry>();
  #listener: (entry: Entry) => void = () => {};
  async append(message: Omit<Entry, "seq">): Promise<Entry> {
    const key = JSON.stringify([message.room, message.from, message.id]);
    const first = this.#byId.get(key);
    if (first !== undefined) {
      if (first.text !== message.text) throw new UsageError("id-reused", "id reused");
      return first;
    }
    const entry = { seq: this.#entries.length + 1, ...message };
    this.#entries.push(entry);
    this.#byId.set(key, entry);
    this.#listener(entry);
    return entry;
  }
  async read(room: string, { after = 0, before = Infinity, limit, latest }: Range): Promise<Entry[]> {
    const all = this.#entries.filter((e) => e.room === room && e.seq > after && e.seq < before);
    return latest === true ? all.slice(-limit) : all.slice(0, limit);
  }
  async last(room: string): Promise<number> {
    return this.#entries.findLast((e) => e.room === room)?.seq ?? 0;
  }
  follow(listener: (entry: Entry) => void): void {
    this.#listener = listener;
  }
  async close(): Promise<void> {}
}

export class ArrayCrowd implements Crowd {
  #events!: CrowdEvents;
  readonly #secrets = new Map<string, string | undefined>();
  readonly #rooms = new Map<string, Map<string, string>>();
  follow(events: CrowdEvents): void {
    this.#events = events;
  }
  async claim(person: Named, secret: string | undefined): Promise<boolean> {
    if (this.#secrets.has(person.key)) {
      if (secret === undefined || this.#secrets.get(person.key) !== secret) return false;
      this.release(person);
      this.#events.replaced(person);
    }
    this.#secrets.set(person.key, secret);
    return true;
  }
  release(person: Named): void {
    for (const room of this.#rooms.keys()) this.leave(room, person);
    this.#secrets.delete(person.key);
  }
  join(room: string, person: Named): number {
    const people = this.#rooms.get(room) ?? new Map<string, string>();
    this.#rooms.set(room, people.set(person.key, person.shown));
    queueMicrotask(() =>
      this.#events.presence({ room, arrived: [person.shown], departed: [], people: people.size }),
    );
    return people.size;
  }
  leave(room: string, person: Named): void {
    const people = this.#rooms.get(room);
    if (people?.delete(person.key) !== true) return;
    this.#events.presence({ room, arrived: [], departed: [person.shown], people: people.size });
  }
  people(
    room: string,
    after: string | undefined,
    limit: number,
  ): { names: string[]; people: number; more: boolean } {
    const all = [...(this.#rooms.get(room)?.values() ?? [])].toSorted();
    const from = all.filter((name) => after === undefined || name > after);
    return { names: from.slice(0, limit), people: all.length, more: from.length > limit };
  }
  typing(room: string, person: Named): void {
    this.#events.typing(room, person.shown);
  }
  async whisper(to: string, whisper: Whisper): Promise<boolean> {
    if (!this.#secrets.has(to)) return false;
    this.#events.whispered(to, whisper);
    return true;
  }
  async close(): Promise<void> {}
}
