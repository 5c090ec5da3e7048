// What a crowd promises that several servers share. Knows no crowd.
import { describe, expect } from "vitest";
import type { Whisper } from "../../src/server/crowd.ts";
import type { CrowdTest } from "./crowd-test.ts";
import { named } from "./named.ts";

export function shared(test: CrowdTest): void {
  describe("shared by two servers", () => {
    test("a name is one person's at both, and its secret takes it over from the other", async ({
      gathering,
      open,
      crowd,
      heard,
      eventually,
    }) => {
      const other = await open();
      const ann = named("Ann");
      expect(await crowd.claim(ann, "hers")).toBe(true);
      expect(await other.crowd.claim(named("Ann"), "another's")).toBe(false);
      expect(await other.crowd.claim(named("Ann"), "hers")).toBe(true);
      await eventually(() => expect(heard.replaced.map(({ key }) => key)).toEqual(["ann"]));
      expect(other.heard.replaced).toEqual([]);
      // The one who lost it gives back what is no longer his.
      crowd.release(ann);
      await gathering.pass(500);
      expect(await crowd.claim(named("Ann"), "another's")).toBe(false);
    });

    test("people of both are counted, named and told of in their rooms", async ({
      open,
      crowd,
      come,
      summary,
      eventually,
    }) => {
      const other = await open();
      await come("Ann", "lobby");
      const bob = await come("Bob", "lobby", other.crowd);
      await eventually(() => {
        for (const one of [crowd, other.crowd])
          expect(one.people("lobby", undefined, 10)).toEqual({
            names: ["Ann", "Bob"],
            people: 2,
            more: false,
          });
        expect(summary("lobby")).toMatchObject({ people: 2, present: ["Ann", "Bob"] });
        expect(other.heard.presence.at(-1)).toMatchObject({ room: "lobby", people: 2 });
      });
      other.crowd.release(bob);
      await eventually(() => expect(summary("lobby")).toMatchObject({ people: 1, present: ["Ann"] }));
    });

    test("typing and whispers cross over", async ({ open, crowd, heard, come, eventually }) => {
      const other = await open();
      const ann = await come("Ann", "lobby");
      await come("Bob", "lobby", other.crowd);
      await eventually(() => expect(crowd.people("lobby", undefined, 10).people).toBe(2));
      crowd.typing("lobby", ann);
      const whisper: Whisper = { id: "1", from: "Ann", to: "Bob", text: "psst", at: 1234 };
      expect(await crowd.whisper("bob", whisper)).toBe(true);
      await eventually(() => {
        expect(other.heard.typing).toEqual([["lobby", "Ann"]]);
        expect(other.heard.whispered).toEqual([["bob", whisper]]);
      });
      expect(heard.whispered).toEqual([]);
    });

    test("the people of one that is closed are gone from the other", async ({
      open,
      crowd,
      come,
      summary,
      eventually,
    }) => {
      const other = await open();
      await come("Ann", "lobby");
      await come("Bob", "lobby", other.crowd);
      await eventually(() => expect(summary("lobby").people).toBe(2));
      await other.crowd.close();
      await eventually(() => expect(summary("lobby")).toMatchObject({ people: 1, present: ["Ann"] }));
      expect(await crowd.claim(named("Bob"), "another's")).toBe(true);
    });
  });
}
