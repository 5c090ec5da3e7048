// Opens what keeps the swarms, as `--state` or `--store` says. Knows no conversation.
import { ClosedError, realClock, UsageError } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { openMemoryStore } from "./memory-store.ts";
import { StoreError, type TrackerStore } from "./store.ts";
import type { SwarmLimits } from "./swarms.ts";

export interface OpenStoreOptions {
  readonly expiryMs: number;
  readonly limits: Partial<SwarmLimits>;
  readonly log: Logger;
}

/**
 * @param where one of the two at most.
 * @throws UsageError when there is no such store, or it cannot be used; ClosedError `store-unreachable`.
 */
export async function openStore(
  where: { readonly state: string | undefined; readonly store: string | undefined },
  { log, ...options }: OpenStoreOptions,
): Promise<{ store: TrackerStore; place: string }> {
  const settings = { ...options, clock: realClock, random: Math.random };
  const { state, store: url } = where;
  if (url === undefined) {
    const onError = (error: Error): void => log.error(`${state}: ${error.message}`);
    const store = await openMemoryStore({ ...settings, file: state, onError });
    return { store, place: state ?? "memory, until it stops" };
  }
  if (state !== undefined)
    throw new UsageError(
      "bad-flag",
      "--state and --store are two places, and a tracker has one: give either",
    );
  if (!url.startsWith("nats://"))
    throw new UsageError("bad-flag", `--store: there is no store ${url}; there is nats://HOST:PORT`);
  // Only what is asked for is loaded.
  const { parseBrokerUrl } = await import("@socketlab/nats-kit");
  const { openNatsStore } = await import("./nats-store.ts");
  try {
    return { store: await openNatsStore(url, { ...settings, log }), place: parseBrokerUrl(url).shown };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ClosedError("store-unreachable", error.message, { cause: error });
  }
}
