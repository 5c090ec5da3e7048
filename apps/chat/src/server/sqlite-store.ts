// Keeps the rooms' messages in a SQLite file, many in one commit. Knows nothing of who says them and who is shown them.
import { setImmediate } from "node:timers";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { UsageError } from "@socketlab/core";
import { parseName } from "../names.ts";
import { openSqliteFile } from "./sqlite-file.ts";
import { StoreError, type Entry, type Range, type Store } from "./store.ts";

/** What may wait for its commit: two seconds' worth at the rate that a room is made for, 80 MiB at the worst. */
const MAX_WAITING_MESSAGES = 10_000;
/** One commit holds everybody else up, for the time of its `fsync` and about 10 µs a message. */
const MAX_COMMIT_MESSAGES = 1000;

interface Waiting {
  readonly message: Omit<Entry, "seq">;
  readonly resolve: (entry: Entry) => void;
  readonly reject: (error: Error) => void;
}

/** What a commit did for one who waits. */
type Outcome = { entry: Entry; isNew: boolean } | UsageError;

/**
 * A message that `append` has acknowledged survives the death of the process and, as far as the disk keeps its word, that
 * of the power.
 *
 * @param path a file, made if it is not there and then used by this process alone; `memory` keeps nothing after `close`.
 * @throws UsageError if the file is not to be had, damaged, or not ours: what to do about it is in its message.
 */
export function openSqliteStore(path: string, options: { maxWaitingMessages?: number } = {}): Store {
  const file = path === "memory" ? ":memory:" : path;
  return new SqliteStore(openSqliteFile(file), file, options.maxWaitingMessages ?? MAX_WAITING_MESSAGES);
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #maxWaiting: number;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #earliest: StatementSync;
  readonly #latest: StatementSync;
  readonly #last: StatementSync;
  #waiting: Waiting[] = [];
  #listener: (entry: Entry) => void = () => {};
  #isClosed = false;

  constructor(database: DatabaseSync, path: string, maxWaiting: number) {
    this.#database = database;
    this.#path = path;
    this.#maxWaiting = maxWaiting;
    this.#insert = database.prepare(`
      INSERT INTO messages (room, sender, id, name, text, at)
      VALUES (:room, :sender, :id, :from, :text,
        max(:at, ifnull((SELECT at FROM messages WHERE room = :room ORDER BY seq DESC LIMIT 1), :at)))
      ON CONFLICT (room, sender, id) DO NOTHING
      RETURNING seq, at`);
    const select = `SELECT seq, room, id, name AS "from", text, at FROM messages`;
    this.#find = database.prepare(`${select} WHERE room = ? AND sender = ? AND id = ?`);
    const inRange = `${select} WHERE room = ? AND seq > ? AND seq < ? ORDER BY seq`;
    this.#earliest = database.prepare(`${inRange} LIMIT ?`);
    this.#latest = database.prepare(`${inRange} DESC LIMIT ?`);
    this.#last = database.prepare("SELECT seq FROM messages WHERE room = ? ORDER BY seq DESC LIMIT 1");
  }

  append(message: Omit<Entry, "seq">): Promise<Entry> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw this.#closed();
      if (this.#waiting.length >= this.#maxWaiting)
        throw new StoreError(`${this.#path}: ${this.#maxWaiting} messages wait to be written already`);
      // After all that has arrived in this turn of the event loop, so that a burst shares one `fsync`.
      if (this.#waiting.length === 0) setImmediate(() => this.#commit());
      this.#waiting.push({ message: wellFormed(message), resolve, reject });
    });
  }

  read(room: string, { after = 0, before = Number.MAX_SAFE_INTEGER, limit, latest = false }: Range) {
    return this.#ask(() => {
      const rows = (latest ? this.#latest : this.#earliest).all(room.toWellFormed(), after, before, limit);
      const entries = rows.map((row) => ({ ...row }) as unknown as Entry);
      return latest ? entries.toReversed() : entries;
    });
  }

  last(room: string): Promise<number> {
    return this.#ask(() => Number(this.#last.get(room.toWellFormed())?.["seq"] ?? 0));
  }

  follow(listener: (entry: Entry) => void): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      while (this.#waiting.length > 0) this.#commit();
      this.#database.close();
    }
    return Promise.resolve();
  }

  /** One transaction and one `fsync` for all that wait; then they are answered, and everybody is told. */
  #commit(): void {
    const batch = this.#waiting.splice(0, MAX_COMMIT_MESSAGES);
    if (batch.length === 0) return;
    if (this.#waiting.length > 0 && !this.#isClosed) setImmediate(() => this.#commit());

    let outcomes: Outcome[];
    try {
      outcomes = this.#write(batch);
    } catch (error) {
      const failure = this.#failure("keeps no message now", error);
      for (const { reject } of batch) reject(failure);
      return;
    }
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index]!;
      if (outcome instanceof UsageError) reject(outcome);
      else resolve(outcome.entry);
    }
    for (const outcome of outcomes)
      if (!(outcome instanceof UsageError) && outcome.isNew) this.#listener(outcome.entry);
  }

  /** @throws Error when nothing of it is kept. */
  #write(batch: readonly Waiting[]): Outcome[] {
    const database = this.#database;
    try {
      database.exec("BEGIN IMMEDIATE");
      const outcomes = batch.map(({ message }) => this.#put(message));
      database.exec("COMMIT");
      return outcomes;
    } catch (error) {
      // SQLite has rolled back already after some failures, such as a full disk, but not after all.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  #put(message: Omit<Entry, "seq">): Outcome {
    const { room, id, from, text, at } = message;
    const sender = parseName(from)?.key ?? from;
    const added = this.#insert.get({ room, sender, id, from, text, at });
    if (added !== undefined)
      return { entry: { ...message, seq: Number(added["seq"]), at: Number(added["at"]) }, isNew: true };
    const first = { ...this.#find.get(room, sender, id) } as unknown as Entry;
    if (first.text === text) return { entry: first, isNew: false };
    return new UsageError("id-reused", `the id ${JSON.stringify(id)} is that of an earlier, other message`);
  }

  async #ask<T>(question: () => T): Promise<T> {
    if (this.#isClosed) throw this.#closed();
    try {
      return question();
    } catch (error) {
      throw this.#failure("cannot be read now", error);
    }
  }

  #failure(what: string, cause: unknown): StoreError {
    return new StoreError(`${this.#path} ${what}: ${(cause as Error).message}`, { cause });
  }

  #closed(): StoreError {
    return new StoreError(`${this.#path} is closed`);
  }
}

/** UTF-8 has no form for half a surrogate pair: what is told must be what is read later. */
function wellFormed({ room, id, from, text, at }: Omit<Entry, "seq">): Omit<Entry, "seq"> {
  return {
    room: room.toWellFormed(),
    id: id.toWellFormed(),
    from: from.toWellFormed(),
    text: text.toWellFormed(),
    at,
  };
}
