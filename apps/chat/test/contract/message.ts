// A message for tests of stores, but for what is given. Knows no store.
import type { Entry } from "../../src/server/store.ts";

/** What Ann says in the lobby. */
export function message(given: Partial<Entry> = {}): Omit<Entry, "seq"> {
  return { room: "lobby", id: "1", from: "Ann", text: "hello", at: Date.now(), ...given };
}
