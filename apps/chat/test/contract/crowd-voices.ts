// What every crowd promises of typing and whispers, which are told and not kept. Knows no crowd.
import { describe, expect } from "vitest";
import type { Whisper } from "../../src/server/crowd.ts";
import type { CrowdTest } from "./crowd-test.ts";
import { named } from "./named.ts";

export function voices(test: CrowdTest): void {
  describe("typing and whispers", () => {
    test("typing is told with the room and the name as shown", async ({ crowd, heard, come, eventually }) => {
      const ann = await come("Ann", "lobby");
      await come("Bob", "lobby");
      crowd.typing("lobby", ann);
      await eventually(() => expect(heard.typing).toEqual([["lobby", "Ann"]]));
    });

    test("a whisper reaches whoever has the name, and nobody else", async ({
      crowd,
      heard,
      come,
      eventually,
    }) => {
      await come("Ann", "lobby");
      await come("Bob", "lobby");
      const whisper: Whisper = { id: "1", from: "Ann", to: "Bob", text: "psst 🤫", at: 1234 };
      expect(await crowd.whisper("bob", whisper)).toBe(true);
      await eventually(() => expect(heard.whispered).toEqual([["bob", whisper]]));
      expect(await crowd.whisper("cleo", { ...whisper, to: "Cleo" })).toBe(false);
      expect(heard.whispered).toHaveLength(1);
    });

    test("a whisper to a name that was given back reaches nobody", async ({ crowd }) => {
      const bob = named("Bob");
      await crowd.claim(bob, undefined);
      crowd.release(bob);
      const whisper: Whisper = { id: "1", from: "Ann", to: "Bob", text: "psst", at: 1234 };
      expect(await crowd.whisper("bob", whisper)).toBe(false);
    });
  });
}
