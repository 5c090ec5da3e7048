// The doors at which the server waits: which they are, and which are refused. Opens none.
import { formatEndpoint, parseEndpoint, UsageError, type Endpoint } from "@socketlab/core";

export const labDoors: readonly string[] = ["tcp://127.0.0.1:4101", "ws://127.0.0.1:4102"];

/** @throws UsageError `bad-endpoint`, `bad-door`. */
export function readDoors(texts: readonly string[]): Endpoint[] {
  const doors = (texts.length === 0 ? labDoors : texts).map((text) => parseEndpoint(text));
  for (const door of doors) assertAllowed(door);
  return doors;
}

function assertAllowed(door: Endpoint): void {
  const given = formatEndpoint(door);
  if (door.transport === "udp")
    throw new UsageError(
      "bad-door",
      `${given} would lose pieces of files, and nobody asks again for those; use tcp://`,
    );
  if (door.transport === "mem")
    throw new UsageError("bad-door", `${given} is a door inside one process; nobody else could come`);
}
