// Opens what keeps the messages and what knows who is there, as `--store` says. Knows no conversation.
import { UsageError } from "@socketlab/core";
import { ArrayCrowd, ArrayStore } from "./array-store.ts";
import type { Crowd } from "./crowd.ts";
import type { Store } from "./store.ts";

export interface State {
  readonly store: Store;
  readonly crowd: Crowd;
  /** Where the messages are, for people. */
  readonly place: string;
}

/** @throws UsageError `bad-flag`. StoreError: it cannot be opened. */
export async function openState(where = "memory"): Promise<State> {
  if (where.startsWith("nats:")) throw new UsageError("bad-flag", "--store: NATS is not there yet");
  return { store: new ArrayStore(), crowd: new ArrayCrowd(), place: "memory" };
}
