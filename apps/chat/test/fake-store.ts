// A store in an array, which is slow, fails and lags as it is told. Knows no conversation.
import { UsageError, type Clock } from "@socketlab/core";
import { StoreError, type Entry, type Range, type Store } from "../src/server/store.ts";

export interface FakeStoreOptions {
  readonly clock: Clock;
  /** Drawn for each message: how long until it is kept, until `follow` tells it, and until `read` sees it. */
  readonly keepMs?: () => number;
  readonly tellMs?: () => number;
  readonly seeMs?: () => number;
}

export class FakeStore implements Store {
  /** What it cannot do now. */
  failing: "nothing" | "append" | "read" | "all" = "nothing";
  readonly entries: Entry[] = [];
  readonly reads: Range[] = [];
  isClosed = false;
  #seen = 0;
  #listener: (entry: Entry) => void = () => {};
  readonly #options: FakeStoreOptions;
  /** Each stage handles one after the other, so that order is kept. */
  readonly #stages = { keep: Promise.resolve(), tell: Promise.resolve(), see: Promise.resolve() };

  constructor(options: FakeStoreOptions) {
    this.#options = options;
  }

  async append(message: Omit<Entry, "seq">): Promise<Entry> {
    const { keepMs, tellMs, seeMs } = this.#options;
    await this.#after("keep", keepMs);
    this.#assertWorks("append");
    const first = this.entries.find(
      ({ room, from, id }) => room === message.room && from === message.from && id === message.id,
    );
    if (first !== undefined) {
      if (first.text === message.text) return first;
      throw new UsageError("id-reused", "another text");
    }
    const [last] = this.entries.slice(-1);
    // With gaps, and never back in time.
    const entry = {
      ...message,
      seq: (last?.seq ?? 0) + 1 + (this.entries.length % 3),
      at: Math.max(message.at, last?.at ?? 0),
    };
    this.entries.push(entry);
    void this.#after("tell", tellMs).then(() => this.#listener(entry));
    const seen = this.entries.length;
    void this.#after("see", seeMs).then(() => (this.#seen = seen));
    return entry;
  }

  async read(room: string, range: Range): Promise<Entry[]> {
    const { after = 0, before = Infinity, limit, latest = false } = range;
    this.reads.push(range);
    this.#assertWorks("read");
    // Something else is done before it answers, and what it answers is from before that.
    const found = this.entries
      .slice(0, this.#seen)
      .filter((entry) => entry.room === room && entry.seq > after && entry.seq < before);
    await this.#pass(this.#options.keepMs);
    return latest ? found.slice(-limit) : found.slice(0, limit);
  }

  async last(room: string): Promise<number> {
    this.#assertWorks("read");
    const last = this.entries.findLast((entry) => entry.room === room)?.seq ?? 0;
    await this.#pass(this.#options.keepMs);
    return last;
  }

  follow(listener: (entry: Entry) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  #assertWorks(what: "append" | "read"): void {
    if (this.failing === what || this.failing === "all") throw new StoreError("the disk is full");
  }

  #after(stage: "keep" | "tell" | "see", ms: (() => number) | undefined): Promise<void> {
    if (ms === undefined) return Promise.resolve();
    this.#stages[stage] = this.#stages[stage].then(() => this.#pass(ms));
    return this.#stages[stage];
  }

  #pass(ms: (() => number) | undefined): Promise<void> {
    if (ms === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#options.clock.after(ms(), resolve));
  }
}
