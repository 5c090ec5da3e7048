// A key-value bucket of NATS that is followed from its beginning on. Does not know what is in it.
import { Kvm, type KV } from "@nats-io/kv";
import type { JsMsg } from "@nats-io/jetstream";
import type { Logger } from "@socketlab/core/server-kit";
import { ask, notYet, Tail, type Broker } from "@socketlab/nats-kit";
import { StoreError } from "./store.ts";

const LOAD_TIMEOUT_MS = 30_000;

export interface Bucket {
  readonly kv: KV;
  /** Follows it no longer. */
  close(): Promise<void>;
}

/**
 * Makes the bucket if it is not there; settles when all that is in it has been told.
 * @param ttlMs what is not written again for so long, the broker drops, and tells nobody.
 * @param tell each key and value in the order in which they were written; undefined: it was deleted.
 */
export async function openBucket(
  broker: Broker,
  what: string,
  ttlMs: number,
  log: Logger | undefined,
  tell: (key: string, value: string | undefined) => void,
): Promise<Bucket> {
  const { js, manager, replicas, url } = broker;
  const bucket = `${broker.name}_${what}`;
  const stream = `KV_${bucket}`;
  const { kv, state } = await ask(broker, `the bucket ${bucket} cannot be opened`, async () => {
    // Not direct: what a follower of the stream has may be old.
    const made = await new Kvm(js).create(bucket, { ttl: ttlMs, replicas, history: 1, allow_direct: false });
    const info = await manager.streams.info(stream).catch(notYet);
    return info && { kv: made, state: info.state };
  });
  const loaded = Promise.withResolvers<void>();
  if (state.messages === 0) loaded.resolve();
  const timer = setTimeout(
    () => loaded.reject(new StoreError("failed", `${url}: the bucket ${bucket} cannot be read`)),
    LOAD_TIMEOUT_MS,
  );
  const listener = (message: JsMsg): void => {
    // `$KV.<bucket>.<key>`
    const key = message.subject.split(".").slice(2).join(".");
    tell(key, message.headers?.has("KV-Operation") ? undefined : message.string());
    if (message.seq >= state.last_seq) loaded.resolve();
  };
  const tail = new Tail(broker, stream, 1, listener, log);
  try {
    await loaded.promise;
  } catch (error) {
    await tail.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { kv, close: () => tail.close() };
}
