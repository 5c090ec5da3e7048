// The doors at which a server waits: those that were given, or else its own. Opens none; knows no app.
import { formatEndpoint, parseEndpoint, type Endpoint } from "../address/endpoint.ts";
import { UsageError } from "../errors.ts";

/**
 * @param own where it waits when no door was given.
 * @param refuse why the app must not wait at a door, to be read after the door's URL; undefined: it may.
 * @throws UsageError `bad-endpoint`, `bad-door`.
 */
export function parseDoors(
  texts: readonly string[],
  own: readonly string[],
  refuse: (door: Endpoint) => string | undefined,
): Endpoint[] {
  const doors = (texts.length === 0 ? own : texts).map((text) => parseEndpoint(text));
  for (const door of doors) {
    const why =
      door.transport === "mem" ? "is a door inside one process; nobody else could come" : refuse(door);
    if (why !== undefined) throw new UsageError("bad-door", `${formatEndpoint(door)} ${why}`);
  }
  return doors;
}
