// The bucket in which servers register themselves and who has a name at them. Does not know what follows from it.
import { Kvm, type KV, type KvEntry } from "@nats-io/kv";
import type { JsMsg } from "@nats-io/jetstream";
import type { Logger } from "@socketlab/core/server-kit";
import { ask, isOvertaken, notYet, Tail, type Broker } from "@socketlab/nats-kit";
import { StoreError } from "./store.ts";

/** What is not written again for so long, the broker drops: whatever dead servers have left behind. */
const ENTRY_TTL_MS = 3_600_000;
const LOAD_TIMEOUT_MS = 10_000;

/** Who has a name. */
export interface Registration {
  readonly server: string;
  readonly shown: string;
  readonly secretHash: string | undefined;
  readonly rooms: readonly string[];
}

/** What is told of the bucket, from its beginning on, in order. */
export interface RegistryEvents {
  named(key: string, registration: Registration | undefined, revision: number): void;
  renewed(server: string): void;
  gone(server: string): void;
}

export class Registry {
  readonly entryTtlMs: number = ENTRY_TTL_MS;
  readonly #broker: Broker;
  readonly #events: RegistryEvents;
  readonly #log: Logger | undefined;
  readonly #bucket: string;
  #kv: KV | undefined;
  #tail: Tail | undefined;

  constructor(broker: Broker, events: RegistryEvents, log?: Logger) {
    this.#broker = broker;
    this.#events = events;
    this.#log = log;
    this.#bucket = `${broker.name}_crowd`;
  }

  /** Makes the bucket if it is not there; settles when all that is in it has been told. */
  async open(): Promise<void> {
    const { js, manager, replicas } = this.#broker;
    const status = await ask(this.#broker, `the bucket ${this.#bucket} cannot be opened`, async () => {
      // Not direct: what a follower of the stream has may be old.
      const options = { ttl: ENTRY_TTL_MS, replicas, history: 1, allow_direct: false };
      this.#kv = await new Kvm(js).create(this.#bucket, options);
      return manager.streams.info(`KV_${this.#bucket}`).catch(notYet);
    });
    const { messages, last_seq: last } = status.state;
    const loaded = Promise.withResolvers<void>();
    if (messages === 0) loaded.resolve();
    const timer = setTimeout(
      () => loaded.reject(new StoreError(`${this.#broker.url}: the bucket ${this.#bucket} cannot be read`)),
      LOAD_TIMEOUT_MS,
    );
    const tell = (message: JsMsg): void => {
      this.#tell(message);
      if (message.seq >= last) loaded.resolve();
    };
    this.#tail = new Tail(this.#broker, status.config.name, 1, tell, this.#log);
    await loaded.promise.finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    await this.#tail?.close();
  }

  /**
   * Writes who has a name, unless somebody has it to whom `mayReplace` does not apply.
   * @returns the revision, undefined if nothing was written. @throws StoreError
   */
  async put(
    key: string,
    registration: Registration,
    mayReplace: (current: Registration) => boolean,
  ): Promise<number | undefined> {
    const value = JSON.stringify(registration);
    return this.#change(key, mayReplace, (entryKey, revision) =>
      // Revision 0: there must be nothing yet.
      this.#kv!.put(entryKey, value, { previousSeq: revision }),
    );
  }

  /** @throws StoreError */
  async remove(key: string, mayRemove: (current: Registration) => boolean): Promise<void> {
    await this.#change(key, mayRemove, async (entryKey, revision) => {
      if (revision > 0) await this.#kv!.delete(entryKey, { previousSeq: revision });
      return revision;
    });
  }

  /** @throws StoreError */
  async renew(server: string): Promise<void> {
    await ask(this.#broker, "a sign of life cannot be given", () => this.#kv!.put(`server.${server}`, ""));
  }

  /** @throws StoreError */
  async retire(server: string): Promise<void> {
    await ask(this.#broker, "the farewell cannot be given", async () => {
      await this.#kv!.delete(`server.${server}`);
      return true;
    });
  }

  /** Reads, decides, and writes if nobody has written meanwhile; else again. */
  async #change(
    key: string,
    mayChange: (current: Registration) => boolean,
    change: (entryKey: string, revision: number) => Promise<number>,
  ): Promise<number | undefined> {
    const entryKey = `name.${Buffer.from(key).toString("base64url")}`;
    const revision = await ask(this.#broker, "who is there cannot be written", async () => {
      const current = await this.#kv!.get(entryKey);
      const registration = current === null ? undefined : registrationOf(current);
      if (registration !== undefined && !mayChange(registration)) return null;
      try {
        return await change(entryKey, current?.revision ?? 0);
      } catch (error) {
        if (isOvertaken(error)) return undefined;
        throw error;
      }
    });
    return revision ?? undefined;
  }

  #tell(message: JsMsg): void {
    // `$KV.<bucket>.<kind>.<name>`
    const [, , kind, name = ""] = message.subject.split(".");
    const isThere = !message.headers?.has("KV-Operation");
    if (kind === "server" && isThere) this.#events.renewed(name);
    else if (kind === "server") this.#events.gone(name);
    else
      this.#events.named(
        Buffer.from(name, "base64url").toString(),
        isThere ? message.json<Registration>() : undefined,
        message.seq,
      );
  }
}

function registrationOf(entry: KvEntry): Registration | undefined {
  return entry.operation === "PUT" ? entry.json<Registration>() : undefined;
}
