// Opens what keeps the messages and what knows who is there, as `--store` says. Knows no conversation.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ClosedError, realClock, UsageError } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import type { Crowd } from "./crowd.ts";
import { StoreError, type Store } from "./store.ts";

export interface State {
  readonly store: Store;
  readonly crowd: Crowd;
  /** Where what is said is kept, for people. */
  readonly place: string;
}

/** In the app's folder, wherever the server is started. */
const defaultFile = fileURLToPath(new URL("../../.socketlab/chat.db", import.meta.url));

/**
 * @param where a file, `memory`, or `nats://HOST:PORT`.
 * @throws UsageError when there is no such store, or it cannot be used; ClosedError `store-unreachable`.
 */
export async function openState(where: string = defaultFile, log?: Logger): Promise<State> {
  const [, scheme] = /^(\w+):\/\//.exec(where) ?? [];
  if (scheme === "nats") return openShared(where, log);
  if (scheme !== undefined)
    throw new UsageError("bad-flag", `--store: there is no store ${scheme}://; there is nats://HOST:PORT`);
  // Only what is asked for is loaded.
  const { openSqliteStore } = await import("./sqlite-store.ts");
  const { MemoryCrowd } = await import("./memory-crowd.ts");
  const place = where === "memory" ? "memory, until it stops" : relative("", where);
  return { store: openSqliteStore(where), crowd: new MemoryCrowd(realClock), place };
}

async function openShared(url: string, log: Logger | undefined): Promise<State> {
  const { parseBrokerUrl } = await import("@socketlab/nats-kit");
  const { openNatsStore } = await import("./nats-store.ts");
  const { openNatsCrowd } = await import("./nats-crowd.ts");
  const options = log === undefined ? {} : { log };
  let store: Store | undefined;
  try {
    store = await openNatsStore(url, options);
    return { store, crowd: await openNatsCrowd(url, options), place: parseBrokerUrl(url).shown };
  } catch (error) {
    await store?.close();
    throw error instanceof StoreError
      ? new ClosedError("store-unreachable", error.message, { cause: error })
      : error;
  }
}
