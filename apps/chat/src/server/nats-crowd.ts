// Who is there, at all the servers that share a NATS broker. Knows neither conversations nor messages.
import { createHash, randomUUID } from "node:crypto";
import { every, realClock, UsageError, type Clock, type Timer } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { Turns, type Broker } from "@socketlab/nats-kit";
import type { Named } from "../names.ts";
import type { Crowd, CrowdEvents, Whisper } from "./crowd.ts";
import { connectToNats } from "./nats-broker.ts";
import { Registry, type Registration } from "./nats-registry.ts";
import { Strangers } from "./nats-strangers.ts";
import { Voices } from "./nats-voices.ts";
import { Presence } from "./presence.ts";
import { StoreError } from "./store.ts";

/** A server that is silent for so long is dead, and its people are gone; it is heard of three times as often. */
const SERVER_TTL_MS = 15_000;
/** What is still to be written when the server stops is written within this time, or not at all. */
const CLOSE_TIMEOUT_MS = 2000;

export interface NatsCrowdOptions {
  readonly log?: Logger;
  readonly serverTtlMs?: number;
  readonly clock?: Clock;
}

/** One who has a name at this server. As in memory, a person is the very object that was claimed with. */
interface Holder {
  readonly person: Named;
  /** Never the secret itself. */
  readonly secretHash: string | undefined;
  readonly rooms: Set<string>;
  /** Of what was last written of them. */
  revision: number;
}

/**
 * Every server keeps in the broker's key-value bucket one entry for each of its people (which claims the name and lists
 * the rooms) and one for itself, which it renews; all of them follow the bucket. Whispers are requests to the server where
 * the person is; typing is told to all servers and kept nowhere.
 *
 * @param url as `connectToNats` takes it.
 * @throws UsageError `bad-store`. StoreError if the broker cannot be reached.
 */
export async function openNatsCrowd(url: string, options: NatsCrowdOptions = {}): Promise<Crowd> {
  const broker = await connectToNats(url, options.log);
  try {
    const crowd = new NatsCrowd(broker, options);
    await crowd.open();
    return crowd;
  } catch (error) {
    await broker.connection.close();
    throw error;
  }
}

class NatsCrowd implements Crowd {
  readonly #id = randomUUID();
  readonly #broker: Broker;
  readonly #log: Logger | undefined;
  readonly #clock: Clock;
  readonly #serverTtlMs: number;
  readonly #registry: Registry;
  readonly #presence: Presence;
  readonly #holders = new Map<string, Holder>();
  readonly #strangers: Strangers;
  /** How many people of this server are in a room. */
  readonly #ours = new Map<string, number>();
  /** Names of which the entry is to be written, because the person has changed. */
  readonly #unwritten = new Set<string>();
  /** Names of which the entry could not be written: tried again at the next renewal. */
  readonly #failed = new Set<string>();
  /** What is done about one name is done in turn. */
  readonly #turns = new Turns();
  readonly #voices: Voices;
  #timers: Timer[] = [];
  #events: CrowdEvents | undefined;
  #closed: Promise<void> | undefined;

  constructor(broker: Broker, { log, clock = realClock, serverTtlMs = SERVER_TTL_MS }: NatsCrowdOptions) {
    this.#broker = broker;
    this.#log = log;
    this.#clock = clock;
    this.#serverTtlMs = serverTtlMs;
    this.#registry = new Registry(
      broker,
      {
        named: (key, registration, revision) => this.#named(key, registration, revision),
        renewed: (server) => {
          if (server !== this.#id) this.#strangers.renewed(server);
          else this.#strangers.sweep(this.#registry.entryTtlMs);
        },
        gone: (server) => {
          if (server !== this.#id) this.#strangers.gone(server);
        },
      },
      log,
    );
    this.#presence = new Presence(clock, (change) => {
      if (this.#ours.has(change.room)) this.#events?.presence(change);
    });
    this.#voices = new Voices(broker, this.#id);
    this.#strangers = new Strangers(this.#presence, clock, serverTtlMs);
  }

  async open(): Promise<void> {
    await this.#registry.open();
    await this.#registry.renew(this.#id);
    this.#voices.listen({
      typing: (room, name) => {
        if (this.#ours.has(room)) this.#events?.typing(room, name);
      },
      whispered: (to, whisper) => {
        const isHere = this.#holders.has(to);
        if (isHere) this.#events?.whispered(to, whisper);
        return isHere;
      },
    });
    const rewriteMs = this.#registry.entryTtlMs / 3;
    this.#timers = [
      every(this.#clock, this.#serverTtlMs / 3, () => this.#renew()),
      every(this.#clock, rewriteMs, () => {
        for (const key of this.#holders.keys()) this.#write(key);
      }),
    ];
  }

  follow(events: CrowdEvents): void {
    this.#events = events;
  }

  async claim(person: Named, secret: string | undefined): Promise<boolean> {
    const { key, shown } = person;
    const secretHash =
      secret === undefined ? undefined : createHash("sha256").update(secret).digest("base64url");
    if (this.#closed !== undefined) throw new StoreError(`${this.#broker.url} is closed`);
    return this.#turns.take(key, async () => {
      const holder = this.#holders.get(key);
      if (holder !== undefined && (secretHash === undefined || holder.secretHash !== secretHash))
        return false;
      const revision = await this.#registry
        .put(key, { server: this.#id, shown, secretHash, rooms: [] }, ({ server, secretHash: its }) => {
          const isOurs = server === this.#id || this.#strangers.isDead(server);
          return isOurs || (its !== undefined && its === secretHash);
        })
        .catch((error: unknown) => {
          // Perhaps it is written: then it must be taken back.
          this.#write(key);
          throw error;
        });
      if (revision === undefined || (this.#strangers.get(key)?.revision ?? 0) > revision) return false;
      if (holder !== undefined) this.#lose(holder);
      this.#strangers.forget(key);
      this.#holders.set(key, { person, secretHash, rooms: new Set(), revision });
      return true;
    });
  }

  release(person: Named): void {
    const holder = this.#holderOf(person);
    if (holder === undefined) return;
    this.#leaveAll(holder);
    this.#holders.delete(person.key);
    this.#write(person.key);
  }

  /** @throws UsageError when `person` does not have its name. */
  join(room: string, person: Named): number {
    const holder = this.#holderOf(person);
    if (holder === undefined)
      throw new UsageError("not-claimed", `${person.shown} joins ${room} without having claimed the name`);
    if (!holder.rooms.has(room)) {
      holder.rooms.add(room);
      this.#ours.set(room, (this.#ours.get(room) ?? 0) + 1);
      this.#write(person.key);
    }
    return this.#presence.join(room, person);
  }

  leave(room: string, person: Named): void {
    const holder = this.#holderOf(person);
    if (holder?.rooms.has(room) !== true) return;
    this.#leave(room, holder);
    this.#write(person.key);
  }

  people(
    room: string,
    after: string | undefined,
    limit: number,
  ): { names: string[]; people: number; more: boolean } {
    return this.#presence.people(room, after, limit);
  }

  typing(room: string, person: Named): void {
    if (this.#holderOf(person)?.rooms.has(room) !== true) return;
    this.#events?.typing(room, person.shown);
    this.#voices.typing(room, person.shown);
  }

  async whisper(to: string, whisper: Whisper): Promise<boolean> {
    if (this.#holders.has(to)) {
      this.#events?.whispered(to, whisper);
      return true;
    }
    const stranger = this.#strangers.get(to);
    if (stranger === undefined) return false;
    return this.#voices.whisper(stranger.server, to, whisper);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#events = undefined;
    for (const timer of this.#timers) timer.clear();
    // To forget the server is to forget its people; what the broker still has of them, it drops by itself.
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(CLOSE_TIMEOUT_MS, resolve);
    await Promise.race([late, this.#registry.retire(this.#id).catch(() => {})]);
    timer.clear();
    await Promise.all([this.#registry.close(), this.#broker.connection.close()]);
    this.#presence.clear();
  }

  #holderOf(person: Named): Holder | undefined {
    const holder = this.#holders.get(person.key);
    return holder?.person === person ? holder : undefined;
  }

  #leaveAll(holder: Holder): void {
    for (const room of holder.rooms) this.#leave(room, holder);
  }

  #leave(room: string, { rooms, person }: Holder): void {
    rooms.delete(room);
    const left = this.#ours.get(room)! - 1;
    if (left === 0) this.#ours.delete(room);
    else this.#ours.set(room, left);
    this.#presence.leave(room, person);
  }

  #lose(holder: Holder): void {
    this.#leaveAll(holder);
    this.#holders.delete(holder.person.key);
    this.#events?.replaced(holder.person);
  }

  /** Makes the broker's entry what it should be: soon, and again and again until it is. */
  #write(key: string): void {
    // While one is being written, one more is enough.
    if (this.#unwritten.has(key) || this.#closed !== undefined) return;
    this.#unwritten.add(key);
    this.#turns
      .take(key, async () => {
        this.#unwritten.delete(key);
        const isWritable = ({ server }: Registration): boolean =>
          server === this.#id || this.#strangers.isDead(server);
        const holder = this.#holders.get(key);
        if (holder === undefined) return this.#registry.remove(key, ({ server }) => server === this.#id);
        const { person, secretHash, rooms } = holder;
        const registration = { server: this.#id, shown: person.shown, secretHash, rooms: [...rooms] };
        const revision = await this.#registry.put(key, registration, isWritable);
        if (revision !== undefined) holder.revision = revision;
        // Whether it is another's now, the broker tells all who follow.
        return undefined;
      })
      .catch((error: unknown) => {
        if (this.#closed !== undefined) return;
        this.#log?.warn(
          { err: error },
          `${this.#broker.url}: who is there is not told to the other servers now`,
        );
        this.#failed.add(key);
      });
  }

  #renew(): void {
    this.#registry.renew(this.#id).catch((error: unknown) => {
      this.#log?.warn({ err: error }, `${this.#broker.url}: the other servers may take this one for dead`);
    });
    for (const key of this.#failed) this.#write(key);
    this.#failed.clear();
  }

  /** What the bucket says of a name: undefined when it was given back. */
  #named(key: string, registration: Registration | undefined, revision: number): void {
    const holder = this.#holders.get(key);
    if (registration === undefined || registration.server === this.#id) return this.#strangers.forget(key);
    const { server, shown, rooms } = registration;
    if (holder !== undefined) {
      // What was written before this server had the name comes late.
      if (revision < holder.revision) return;
      this.#lose(holder);
    }
    this.#strangers.put({ shown, key }, { server, rooms, revision });
  }
}
