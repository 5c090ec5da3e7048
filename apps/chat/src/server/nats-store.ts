// Keeps the rooms' messages in one stream of NATS JetStream. Knows nothing of who says them and who is shown them.
import type { JsMsg, PubAck, StoredMsg } from "@nats-io/jetstream";
import { UsageError } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { ask, openStream, Semaphore, Tail, TIMEOUT_MS, type Broker } from "@socketlab/nats-kit";
import { parseName } from "../names.ts";
import { connectToNats } from "./nats-broker.ts";
import { StoreError, type Entry, type Range, type Store } from "./store.ts";

/** While no broker answers, what is to be said waits here: 80 MiB at the worst. */
const MAX_WAITING_MESSAGES = 10_000;
/** Asked of the broker at once: enough to keep it busy, few enough to be answered before they are asked again. */
const MAX_APPENDS_AT_ONCE = 256;
/** In one look at a stretch of the stream when the latest messages of a room are looked for. */
const MAX_STRETCH_MESSAGES = 200;
/** For ever, in nanoseconds: JetStream forgets a message's id after so long, and would take a repeat for a new one. */
const REMEMBER_IDS_NS = 100 * 365 * 86_400 * 1e9;

/**
 * One stream for all rooms, with one subject for each. A message's position is its sequence number in the stream, and its
 * time is the clock of the broker's server that put it there (the stream's leader), so it never decreases in a room as
 * long as no server's clock is set back and the servers' clocks agree.
 *
 * The broker itself recognises a repeat: each message is published with an id, `Nats-Msg-Id`, made of room, sender and the
 * client's id, and the stream remembers ids for ever. So a try without an answer is simply tried again.
 *
 * @param url as `connectToNats` takes it.
 * @throws UsageError `bad-store` if the URL is none, or there is a stream of that name that would lose messages.
 * StoreError if the broker cannot be reached.
 */
export async function openNatsStore(
  url: string,
  options: { log?: Logger; maxWaitingMessages?: number } = {},
): Promise<Store> {
  const broker = await connectToNats(url, options.log);
  try {
    const { config, state } = await openStream(
      broker,
      { name: `${broker.name}_said`, subjects: [`${broker.name}.said.*`] },
      // What is read must be what the stream's leader has: a follower may not have it yet.
      { duplicate_window: REMEMBER_IDS_NS, allow_direct: false },
    );
    if (config.duplicate_window < REMEMBER_IDS_NS)
      options.log?.warn(
        `the stream ${config.name} forgets messages' ids after ${config.duplicate_window / 1e9} s: ` +
          "what is repeated later is said twice",
      );
    return new NatsStore(broker, config.name, state.last_seq, options);
  } catch (error) {
    await broker.connection.close();
    throw error;
  }
}

/** What is in a message of the stream; its room is the subject. */
interface Body {
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

class NatsStore implements Store {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #tail: Tail;
  readonly #asked = new Set<Promise<unknown>>();
  readonly #maxWaiting: number;
  readonly #appends = new Semaphore(MAX_APPENDS_AT_ONCE);
  #waiting = 0;
  #listener: (entry: Entry) => void = () => {};
  #closed: Promise<void> | undefined;

  constructor(
    broker: Broker,
    stream: string,
    last: number,
    options: { log?: Logger; maxWaitingMessages?: number },
  ) {
    this.#maxWaiting = options.maxWaitingMessages ?? MAX_WAITING_MESSAGES;
    this.#broker = broker;
    this.#stream = stream;
    const tell = (message: JsMsg): void =>
      this.#listener(this.#entry(message, Number(message.timestampNanos / 1_000_000n)));
    this.#tail = new Tail(broker, stream, last + 1, tell, options.log);
  }

  append(message: Omit<Entry, "seq">): Promise<Entry> {
    if (this.#waiting >= this.#maxWaiting)
      return Promise.reject(
        new StoreError(`${this.#broker.url}: ${this.#maxWaiting} messages wait to be kept already`),
      );
    this.#waiting++;
    const end = performance.now() + TIMEOUT_MS;
    return this.#do(() => this.#appends.run(() => this.#append(message, end - performance.now()))).finally(
      () => this.#waiting--,
    );
  }

  read(room: string, { after = 0, before = Infinity, limit, latest = false }: Range): Promise<Entry[]> {
    return this.#do(async () => {
      const end = Math.min(before, (await this.#last(room)) + 1);
      return latest
        ? this.#readLatest(room, after + 1, end, limit)
        : this.#readEarliest(room, after + 1, end, limit);
    });
  }

  last(room: string): Promise<number> {
    return this.#do(() => this.#last(room));
  }

  follow(listener: (entry: Entry) => void): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#asked);
    await this.#tail.close();
    await this.#broker.connection.close();
  }

  /** Until it is done, `close` waits. */
  async #do<T>(question: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw new StoreError(`${this.#broker.url} is closed`);
    const answer = question();
    this.#asked.add(answer);
    try {
      return await answer;
    } finally {
      this.#asked.delete(answer);
    }
  }

  async #append({ room, id, from, text }: Omit<Entry, "seq">, timeoutMs: number): Promise<Entry> {
    if (timeoutMs <= 0) throw new StoreError(`${this.#broker.url} keeps no message now: too many wait`);
    const sender = parseName(from)?.key ?? from;
    const body: Body = { id, from, text };
    const publish = (): Promise<PubAck> =>
      this.#broker.js.publish(this.#subject(room), JSON.stringify(body), {
        msgID: JSON.stringify([room, sender, id]),
        expect: { streamName: this.#stream },
      });
    const { seq, duplicate } = await ask(this.#broker, "the message cannot be kept", publish, timeoutMs);
    // Only the stream knows the message's time, and what was said first.
    const entry = await ask(this.#broker, `the message ${seq} cannot be found`, () => this.#get({ seq }));
    if (duplicate && entry.text !== text)
      throw new UsageError("id-reused", `the id ${JSON.stringify(id)} is that of an earlier, other message`);
    return entry;
  }

  async #last(room: string): Promise<number> {
    const found = await this.#find({ last_by_subj: this.#subject(room) });
    return found?.seq ?? 0;
  }

  /** From `start` on, before `end`, which is not later than the room's end. */
  async #readEarliest(room: string, start: number, end: number, limit: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let seq = start; entries.length < limit && seq < end;) {
      const entry = await this.#find({ seq, next_by_subj: this.#subject(room) });
      if (entry === undefined || entry.seq >= end) break;
      entries.push(entry);
      seq = entry.seq + 1;
    }
    return entries;
  }

  /**
   * JetStream reads forwards only. So stretch by stretch, backwards; the next stretch is longer where the room is
   * thinly spread over the stream, and shorter where it is dense.
   */
  async #readLatest(room: string, start: number, end: number, limit: number): Promise<Entry[]> {
    let entries: Entry[] = [];
    let length = 2 * limit;
    for (let to = end; entries.length < limit && to > start;) {
      const from = Math.max(start, to - length);
      const stretch = await this.#readEarliest(room, from, to, MAX_STRETCH_MESSAGES);
      if (stretch.length === MAX_STRETCH_MESSAGES && length > MAX_STRETCH_MESSAGES) {
        length = Math.max(MAX_STRETCH_MESSAGES, Math.floor(length / 4));
        continue;
      }
      entries = [...stretch, ...entries];
      to = from;
      length *= 4;
    }
    return limit === 0 ? [] : entries.slice(-limit);
  }

  #find(query: Query): Promise<Entry | undefined> {
    // `null` is an answer; `undefined` would be none.
    const found = ask(
      this.#broker,
      "the messages cannot be read",
      async () => (await this.#get(query)) ?? null,
    );
    return found.then((entry) => entry ?? undefined);
  }

  /** As the stream's leader knows it. */
  async #get(query: Query): Promise<Entry | undefined> {
    // `next_by_subj` is answered here, too, though the client documents it for `direct` only.
    const stored = await this.#broker.manager.streams.getMessage(this.#stream, query);
    return stored === null ? undefined : this.#entry(stored, Date.parse(stored.timestamp));
  }

  #entry(message: Pick<StoredMsg | JsMsg, "subject" | "seq" | "json">, at: number): Entry {
    const { id, from, text } = message.json<Body>();
    const room = decodeURIComponent(message.subject.slice(this.#subject("").length));
    return { seq: message.seq, room, id, from, text, at };
  }

  /** A subject's part may hold anything but spaces, dots and wildcards. */
  #subject(room: string): string {
    const part = encodeURIComponent(room.toWellFormed()).replaceAll(".", "%2E").replaceAll("*", "%2A");
    return `${this.#broker.name}.said.${part}`;
  }
}

type Query = { seq: number } | { last_by_subj: string } | { seq: number; next_by_subj: string };
