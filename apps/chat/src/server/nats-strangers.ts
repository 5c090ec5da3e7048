// The people of the other servers, and which of those servers are alive. Knows no bucket and no people of this server.
import type { Clock } from "@socketlab/core";
import type { Named } from "../names.ts";
import type { Presence } from "./presence.ts";

/** One who has a name at another server. */
export interface Stranger {
  readonly person: Named;
  readonly server: string;
  readonly rooms: readonly string[];
  /** Of what that server last wrote of them. */
  readonly revision: number;
}

/**
 * A server is alive while it is heard of; when it is not, its people are not there, but not forgotten either: if it was
 * only cut off, they are back with it.
 */
export class Strangers {
  readonly #presence: Presence;
  readonly #clock: Clock;
  readonly #serverTtlMs: number;
  readonly #strangers = new Map<string, Stranger>();
  /** When each was last heard of. */
  readonly #alive = new Map<string, number>();
  /** Since when each is dead. */
  readonly #dead = new Map<string, number>();
  #sweptMs: number;

  constructor(presence: Presence, clock: Clock, serverTtlMs: number) {
    this.#presence = presence;
    this.#clock = clock;
    this.#serverTtlMs = serverTtlMs;
    this.#sweptMs = clock.now();
  }

  /** Undefined also when the server is dead at which the name is. */
  get(key: string): Stranger | undefined {
    const stranger = this.#strangers.get(key);
    return stranger === undefined || this.isDead(stranger.server) ? undefined : stranger;
  }

  isDead(server: string): boolean {
    return this.#dead.has(server);
  }

  put(person: Named, now: Omit<Stranger, "person">): void {
    this.renewed(now.server);
    const before = this.get(person.key);
    // Shown in other letters is to leave and to come.
    const same = before?.person.shown === person.shown ? before : undefined;
    if (same === undefined) this.forget(person.key);
    this.#strangers.set(person.key, { ...now, person });
    for (const room of same?.rooms ?? []) if (!now.rooms.includes(room)) this.#presence.leave(room, person);
    for (const room of now.rooms) this.#presence.join(room, person);
  }

  forget(key: string): void {
    const stranger = this.get(key);
    this.#strangers.delete(key);
    for (const room of stranger?.rooms ?? []) this.#presence.leave(room, stranger!.person);
  }

  /** A sign of life. */
  renewed(server: string): void {
    this.#alive.set(server, this.#clock.now());
    if (!this.#dead.delete(server)) return;
    for (const { person, rooms } of this.#at(server))
      for (const room of rooms) this.#presence.join(room, person);
  }

  gone(server: string): void {
    this.#alive.delete(server);
    if (this.isDead(server)) return;
    this.#dead.set(server, this.#clock.now());
    for (const { person, rooms } of this.#at(server))
      for (const room of rooms) this.#presence.leave(room, person);
  }

  /**
   * To be called whenever this server's own sign of life comes back from the broker. While it does not, nothing is known
   * of the others, either: that time does not count.
   *
   * @param forgetAfterMs when nobody else knows any more what a dead server has written.
   */
  sweep(forgetAfterMs: number): void {
    const now = this.#clock.now();
    const outageMs = now - this.#sweptMs > this.#serverTtlMs / 2 ? now - this.#sweptMs : 0;
    this.#sweptMs = now;
    for (const [server, heardMs] of this.#alive)
      if (now - heardMs - outageMs > this.#serverTtlMs) this.gone(server);
      else this.#alive.set(server, Math.min(now, heardMs + outageMs));
    for (const [server, deadMs] of this.#dead) {
      if (now - deadMs <= forgetAfterMs) continue;
      for (const { person } of this.#at(server)) this.#strangers.delete(person.key);
      this.#dead.delete(server);
    }
  }

  #at(server: string): Stranger[] {
    return [...this.#strangers.values()].filter((stranger) => stranger.server === server);
  }
}
