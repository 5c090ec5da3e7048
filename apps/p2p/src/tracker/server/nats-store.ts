// The swarms of many trackers alike, in a key-value bucket of NATS: each tracker has all of them in memory, writes down what it
// is told, and hears what the others have written. Knows no wire.
import type { Clock } from "@socketlab/core";
import { addressFromBytes, addressToBytes } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { ask, connectBroker, isOvertaken, type Broker } from "@socketlab/nats-kit";
import type { ScrapeCounts } from "../messages.ts";
import { hexOf } from "../../hex.ts";
import { openBucket, type Bucket } from "./nats-bucket.ts";
import { StoreError, type TrackerStore, type Visit, type Visited } from "./store.ts";
import type { Entry } from "./swarm.ts";
import { Swarms, type SwarmLimits } from "./swarms.ts";

/** Longer than anybody is remembered for; what is not written again by then, the broker drops. */
const ENTRY_TTL_MS = 2 * 3_600_000;
/** How often a torrent was completed is forgotten when nobody has completed it for so long. */
const COMPLETED_TTL_MS = 30 * 24 * 3_600_000;

export interface NatsStoreOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly expiryMs: number;
  readonly limits?: Partial<SwarmLimits> | undefined;
  readonly log?: Logger | undefined;
}

/**
 * @param url as `parseBrokerUrl` takes it; the name is `tracker` if it is not given.
 * @throws UsageError `bad-store` if the URL is none. StoreError if the broker cannot be reached.
 */
export async function openNatsStore(url: string, options: NatsStoreOptions): Promise<TrackerStore> {
  const { clock, log } = options;
  const broker = await connectBroker(url, {
    client: "socketlab tracker",
    name: "tracker",
    failure: (code, message, cause) => new StoreError(code, message, cause),
    log,
  });
  const swarms = new Swarms({ ...options, now: () => clock.now() });
  try {
    const completed = await openBucket(broker, "completed", COMPLETED_TTL_MS, log, (infoHash, value) =>
      swarms.setCompleted(infoHash, value === undefined ? 0 : Number(value)),
    );
    const peers = await openBucket(broker, "peers", ENTRY_TTL_MS, log, (key, value) =>
      tell(swarms, key, value),
    );
    return new NatsStore(broker, swarms, peers, completed);
  } catch (error) {
    await broker.connection.close();
    throw error;
  }
}

class NatsStore implements TrackerStore {
  readonly #broker: Broker;
  readonly #swarms: Swarms;
  readonly #peers: Bucket;
  readonly #completed: Bucket;

  constructor(broker: Broker, swarms: Swarms, peers: Bucket, completed: Bucket) {
    this.#broker = broker;
    this.#swarms = swarms;
    this.#peers = peers;
    this.#completed = completed;
  }

  async announce(visit: Visit): Promise<Visited> {
    const { change, ...visited } = this.#swarms.announce(visit);
    const infoHash = hexOf(visit.request.infoHash);
    const { put, removed, isCompleted } = change;
    await ask(this.#broker, "who is there cannot be written", async () => {
      for (const gone of removed) await this.#peers.kv.delete(keyOf(infoHash, gone));
      if (put !== undefined) await this.#peers.kv.put(keyOf(infoHash, put), valueOf(put));
      return true;
    });
    if (isCompleted) await this.#countCompleted(infoHash);
    return visited;
  }

  async scrape(infoHash: Uint8Array): Promise<ScrapeCounts | undefined> {
    return this.#swarms.counts(hexOf(infoHash));
  }

  get size(): TrackerStore["size"] {
    return this.#swarms.size;
  }

  async close(): Promise<void> {
    await Promise.all([this.#peers.close(), this.#completed.close()]);
    await this.#broker.connection.close();
  }

  /** Reads, adds one, and writes if nobody has written meanwhile; else again. */
  async #countCompleted(infoHash: string): Promise<void> {
    const { kv } = this.#completed;
    await ask(this.#broker, "a completed download cannot be counted", async () => {
      const entry = await kv.get(infoHash);
      const count = entry?.operation === "PUT" ? Number(entry.string()) : 0;
      try {
        return await kv.put(infoHash, `${count + 1}`, { previousSeq: entry?.revision ?? 0 });
      } catch (error) {
        if (isOvertaken(error)) return undefined;
        throw error;
      }
    });
  }
}

/** What comes back is taken, too, even what this tracker has written: so all of them agree on what came last. */
function tell(swarms: Swarms, key: string, value: string | undefined): void {
  const [infoHash = "", address = ""] = key.split(".");
  const bytes = Buffer.from(address, "hex");
  const host = addressFromBytes(bytes.subarray(0, -2));
  if (host === undefined) return;
  const port = bytes.readUInt16BE(bytes.length - 2);
  if (value === undefined) swarms.forget(infoHash, host, port);
  else {
    const { id, key: secret, seed, paused, at } = JSON.parse(value) as Value;
    const peerId = Buffer.from(id, "hex").toString("latin1");
    swarms.restore(infoHash, { host, port, peerId, key: secret, isSeed: seed, isPaused: paused, atMs: at });
  }
}

/** Of an entry in the bucket. */
interface Value {
  readonly id: string;
  readonly key: number | undefined;
  readonly seed: boolean;
  readonly paused: boolean;
  readonly at: number;
}

function valueOf({ peerId, key, isSeed, isPaused, atMs }: Entry): string {
  const id = Buffer.from(peerId, "latin1").toString("hex");
  const value: Value = { id, key, seed: isSeed, paused: isPaused, at: atMs };
  return JSON.stringify(value);
}

function keyOf(infoHash: string, { host, port }: Entry): string {
  const address = hexOf(addressToBytes(host) ?? new Uint8Array());
  return `${infoHash}.${address}${port.toString(16).padStart(4, "0")}`;
}
