// A stream of JetStream that is as it must be, made if it is not there. Knows nothing of what is in it.
import { StorageType, type StreamConfig, type StreamInfo } from "@nats-io/jetstream";
import { UsageError } from "@socketlab/core";
import { ask } from "./ask.ts";
import type { Broker } from "./broker.ts";
import { isOtherStream, notYet } from "./faults.ts";

/** Kept on disk, and acknowledged only then. */
const kept = { storage: StorageType.File, no_ack: false };

/**
 * A stream that is kept on disk, in as many copies as there can be: made if it is not there. One that is there is left as
 * it is.
 *
 * @param needed what it must be. @param wished what it is if we make it.
 * @throws UsageError `bad-store` if there is one of that name that is not as it must be. The app's own error if the broker
 * makes none.
 */
export async function openStream(
  broker: Broker,
  needed: Pick<StreamConfig, "name" | "subjects"> & Partial<StreamConfig>,
  wished: Partial<StreamConfig> = {},
): Promise<StreamInfo> {
  const { manager, replicas, url } = broker;
  const info = await ask(broker, `the stream ${needed.name} cannot be opened`, async () => {
    try {
      return await manager.streams.add({ ...wished, ...needed, ...kept, num_replicas: replicas });
    } catch (error) {
      if (!isOtherStream(error)) throw error;
      return manager.streams.info(needed.name).catch(notYet);
    }
  });
  const found: Partial<Record<string, unknown>> = { ...info.config };
  for (const [setting, value] of Object.entries({ ...needed, ...kept }))
    if (JSON.stringify(found[setting] ?? false) !== JSON.stringify(value))
      throw new UsageError(
        "bad-store",
        `${url}: the stream ${needed.name} is there, and its ${setting} is not ${JSON.stringify(value)}, as it must be: ` +
          `choose another name (${url}/NAME), or delete it`,
      );
  return info;
}
