// Keeps files in NATS JetStream, for any number of servers alike. Knows no conversation.
import { realClock, type Clock } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import type { Broker } from "@socketlab/nats-kit";
import type { Entry } from "../protocol.ts";
import { connectToNats } from "./nats-broker.ts";
import { NatsContents } from "./nats-contents.ts";
import { NatsFile } from "./nats-file.ts";
import { NatsLedger } from "./nats-ledger.ts";
import { entryOf } from "./nats-tree.ts";
import { NatsWriter } from "./nats-writer.ts";
import { StoreError, type FileDescription, type OpenFile, type Store, type Upload } from "./store.ts";
import { Usage, type StoreLimits } from "./usage.ts";

const KEEP_MS = 7 * 86_400_000;

export interface NatsStoreOptions {
  readonly limits?: Partial<StoreLimits>;
  /** How long an upload that was interrupted is kept. Default: 7 days. */
  readonly keepMs?: number;
  readonly clock?: Clock;
  readonly log?: Logger;
}

/**
 * Two streams: one message for each path says what is there and what is on its way (`NatsLedger`), one for each chunk has
 * its bytes (`NatsContents`). What was acknowledged, the broker has; how safe that is depends on the broker's copies.
 *
 * @param url as `connectToNats` takes it.
 * @throws UsageError `bad-store` if the URL is none, or the broker cannot keep files. StoreError if it cannot be reached.
 */
export async function openNatsStore(url: string, options: NatsStoreOptions = {}): Promise<Store> {
  const { limits, keepMs = KEEP_MS, clock = realClock, log } = options;
  const broker = await connectToNats(url, log);
  try {
    const usage = new Usage(limits);
    const contents = await NatsContents.open(broker);
    const ledger = await NatsLedger.open(broker, usage);
    const writer = new NatsWriter(broker, ledger, contents, usage, { clock, keepMs, log });
    return new NatsStore(broker, ledger, contents, writer);
  } catch (error) {
    await broker.connection.close();
    throw error;
  }
}

class NatsStore implements Store {
  readonly #broker: Broker;
  readonly #ledger: NatsLedger;
  readonly #contents: NatsContents;
  readonly #writer: NatsWriter;
  #closed: Promise<void> | undefined;

  constructor(broker: Broker, ledger: NatsLedger, contents: NatsContents, writer: NatsWriter) {
    this.#broker = broker;
    this.#ledger = ledger;
    this.#contents = contents;
    this.#writer = writer;
  }

  async list(
    path: string,
    { after = "", limit }: { readonly after?: string; readonly limit: number },
  ): Promise<{ entries: Entry[]; more: boolean }> {
    await this.#ready();
    return this.#ledger.tree.list(path, after.slice(after.lastIndexOf("/") + 1), limit);
  }

  async stat(path: string): Promise<Entry> {
    await this.#ready();
    return entryOf(path, this.#ledger.tree.find(path));
  }

  async open(path: string): Promise<OpenFile> {
    await this.#ready();
    const kept = this.#ledger.tree.find(path);
    if (kept.kind !== "file") throw new StoreError("not-a-file", `${path || "that"} is a folder`);
    return new NatsFile(path, kept, this.#contents);
  }

  async write(path: string, file: FileDescription): Promise<Upload> {
    this.#assertOpen();
    return this.#writer.write(path, file);
  }

  async makeFolder(path: string, folder: Partial<Omit<FileDescription, "size">>): Promise<void> {
    this.#assertOpen();
    await this.#writer.folders.make(path, folder);
  }

  async remove(path: string, options: { readonly recursive: boolean }): Promise<number> {
    await this.#ready();
    return this.#writer.folders.remove(path, options.recursive);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.#writer.close();
    } finally {
      await this.#broker.connection.close();
    }
  }

  /** Whoever asks is told of all that was done before, by whichever server. */
  async #ready(): Promise<void> {
    this.#assertOpen();
    await this.#ledger.sync();
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new StoreError("failed", "the server is about to end");
  }
}
