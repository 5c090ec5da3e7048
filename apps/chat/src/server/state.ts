// Opens what keeps the messages and what knows who is there, as `--store` says. Knows no conversation.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { realClock, UsageError } from "@socketlab/core";
import type { Crowd } from "./crowd.ts";
import type { Store } from "./store.ts";

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
 * @throws UsageError when there is no such store, or it cannot be opened.
 */
export async function openState(where: string = defaultFile): Promise<State> {
  const [, scheme] = /^(\w+):\/\//.exec(where) ?? [];
  if (scheme !== undefined) throw new UsageError("bad-flag", `--store: there is no store ${scheme}://`);
  // Only what is asked for is loaded.
  const { openSqliteStore } = await import("./sqlite-store.ts");
  const { MemoryCrowd } = await import("./memory-crowd.ts");
  const place = where === "memory" ? "memory, until it stops" : relative("", where);
  return { store: openSqliteStore(where), crowd: new MemoryCrowd(realClock), place };
}
