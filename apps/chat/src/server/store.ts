// What the server asks of whatever keeps the rooms' messages. Two keep them: a SQLite file, and NATS JetStream.

/** One message as it is kept. */
export interface Entry {
  /** Its position: larger than that of all earlier messages of the room; 1 or more, with gaps. */
  readonly seq: number;
  /** The room's key. */
  readonly room: string;
  /** The client's id for it. */
  readonly id: string;
  /** Its sender's name as shown. */
  readonly from: string;
  readonly text: string;
  /** Milliseconds since 1970; never less than that of an earlier message of the room. */
  readonly at: number;
}

/** Where in a room's history to read. */
export interface Range {
  /** Only later than this position. */
  readonly after?: number;
  /** Only earlier than this position. */
  readonly before?: number;
  /** At most so many: the earliest of the range, or (`latest`) the latest. */
  readonly limit: number;
  readonly latest?: boolean;
}

export interface Store {
  /**
   * Keeps a message. When it settles, the message is as durable as the store promises, and `follow` tells or has told
   * everybody. A repeat (the same room, sender and id) keeps nothing and yields the first one's entry.
   *
   * @param message `at` is this server's time; the entry's is later if the room's last one was. A store with a clock
   * of its own goes by that.
   * @throws UsageError `id-reused`: the same room, sender and id, but another text. StoreError: it is not kept, or
   * nobody knows; to repeat it is harmless.
   */
  append(message: Omit<Entry, "seq">): Promise<Entry>;
  /** In ascending order of position. @throws StoreError */
  read(room: string, range: Range): Promise<Entry[]>;
  /** The position of the room's last message, 0 if there is none. @throws StoreError */
  last(room: string): Promise<number>;
  /**
   * Calls `listener` with every message kept from now on, by whichever server: each once, and in order of position
   * within a room. One listener; set before the first `append`.
   */
  follow(listener: (entry: Entry) => void): void;
  /** What was asked of it before is finished first. */
  close(): Promise<void>;
}

/** The store cannot do what was asked of it now: full, read-only, unreachable. `message` is for the log, and for people. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
