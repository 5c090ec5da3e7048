// What the conversations of one server share, for tests that start no server. Knows no conversation.
import { createLog } from "@socketlab/core/server-kit";
import { Arrivals } from "../src/server/arrivals.ts";
import type { Hall } from "../src/server/conversation.ts";
import { Gate } from "../src/server/gate.ts";
import { SharedHashes } from "../src/server/shared-hashes.ts";
import type { Store } from "../src/server/store.ts";

export function hallOf(store: Store, more: Partial<Hall> = {}): Hall {
  const log = createLog({ level: "silent" });
  return {
    store,
    gate: new Gate(),
    log,
    arrivals: new Arrivals(store, log),
    hashes: new SharedHashes(),
    finishing: new Set(),
    ...more,
  };
}
