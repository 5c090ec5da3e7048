// The doors at which the server waits: which they are, and which are refused. Opens none.
import type { Endpoint } from "@socketlab/core";
import { parseDoors } from "@socketlab/core/server-kit";

export const labDoors: readonly string[] = ["tcp://127.0.0.1:4001", "ws://127.0.0.1:4002"];

/** @throws UsageError `bad-endpoint`, `bad-door`. */
export function readDoors(texts: readonly string[]): Endpoint[] {
  return parseDoors(texts, labDoors, ({ transport }) =>
    transport === "udp" ? "would lose messages, and chat must not; use tcp://" : undefined,
  );
}
