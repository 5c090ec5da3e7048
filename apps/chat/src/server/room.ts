// A room on this server: who is in it, and up to where each of them has been told what was said. Knows no names.
import { broadcast, type Clock } from "@socketlab/core";
import type { FromServer, SaidMessage } from "../protocol.ts";
import type { ChatSocket } from "./member.ts";
import { StoreError, type Entry, type Store } from "./store.ts";

// A page that a reader has not yet taken is memory: 50 texts of 4 KiB are 200 KiB.
const CATCH_UP_PAGE = 50;
// Where servers share a store, its answer may be a little older than what we were told.
const LAG_MS = 50;
const STORE_RETRY_MS = 1000;

/** One member's place in a room. */
export interface Place {
  readonly room: Room;
  readonly socket: ChatSocket;
  /** The position up to which it has been told everything that it is to be told. */
  position: number;
  hasLeft: boolean;
}

export class Room {
  /** The room's key. */
  readonly name: string;
  /** The largest position that we know to be taken. */
  last = 0;
  /** Who is on the way in: the room must not be forgotten meanwhile. */
  entering = 0;
  readonly #places = new Set<Place>();
  /** Those who are told what is said in the moment it is said. */
  readonly #live = new Set<ChatSocket>();
  /** Those who have all that is stored so far: whatever is said after their position makes them live. */
  readonly #ready = new Set<Place>();

  constructor(name: string) {
    this.name = name;
  }

  get people(): number {
    return this.#places.size;
  }

  get isEmpty(): boolean {
    return this.#places.size === 0 && this.entering === 0;
  }

  /** A message has this position. */
  know(seq: number): void {
    this.last = Math.max(this.last, seq);
  }

  /**
   * Tells everybody what was said; to be called for each message once, in order of position.
   * @returns how many were told.
   */
  said(entry: Entry): number {
    for (const place of this.#ready) {
      // The store may have told it before we were told.
      if (place.position >= entry.seq) continue;
      this.#ready.delete(place);
      this.#live.add(place.socket);
    }
    this.know(entry.seq);
    broadcast(this.#live, saidMessage(entry));
    return this.#live.size;
  }

  /** Tells everybody in the room, except perhaps one. */
  tellAll(message: FromServer, except?: ChatSocket): void {
    broadcast(this.#sockets(except), message);
  }

  *#sockets(except: ChatSocket | undefined): Generator<ChatSocket> {
    for (const { socket } of this.#places) if (socket !== except) yield socket;
  }

  enter(socket: ChatSocket, position: number): Place {
    const place = { room: this, socket, position, hasLeft: false };
    this.#places.add(place);
    return place;
  }

  leave(place: Place): void {
    place.hasLeft = true;
    this.#places.delete(place);
    this.#ready.delete(place);
    this.#live.delete(place.socket);
  }

  /**
   * Tells what was said after the place's position, page by page, as fast as the reader reads; then lets it hear what
   * is being said. What is said meanwhile is not kept for it here: it is in the store, and comes with a later page.
   */
  async catchUp(place: Place, store: Store, clock: Clock): Promise<void> {
    while (!place.hasLeft && place.position < this.last) {
      const page = await this.#readPage(place, store);
      if (place.hasLeft) return;
      if (page === undefined) await wait(clock, STORE_RETRY_MS);
      else if (page.length === 0) await wait(clock, LAG_MS);
      else await this.#tellPage(place, page);
    }
    // Between the last comparison and this nothing can have been said: there was no `await`.
    if (!place.hasLeft) this.#ready.add(place);
  }

  async #readPage({ position }: Place, store: Store): Promise<Entry[] | undefined> {
    try {
      return await store.read(this.name, { after: position, limit: CATCH_UP_PAGE });
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }

  /** Waits for the reader after each message, so that what waits for it here is never more than what the door allows. */
  async #tellPage(place: Place, page: readonly Entry[]): Promise<void> {
    for (const entry of page) {
      if (place.hasLeft) return;
      place.position = entry.seq;
      await place.socket.send(saidMessage(entry));
    }
  }
}

function saidMessage(entry: Entry): FromServer & { type: "said" } {
  return { type: "said", room: entry.room, ...messageOf(entry) };
}

/** What clients are shown of an entry. */
export function messageOf({ seq, id, from, text, at }: Entry): SaidMessage {
  return { seq, id, from, text, at };
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
