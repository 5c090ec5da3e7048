// What every crowd promises of names. Knows no crowd.
import { describe, expect } from "vitest";
import type { CrowdTest } from "./crowd-test.ts";
import { named } from "./named.ts";

export function names(test: CrowdTest): void {
  describe("a name", () => {
    test("is one person's at a time, and may be taken when it was given back", async ({ crowd, heard }) => {
      const ann = named("Ann");
      expect(await crowd.claim(ann, "hers")).toBe(true);
      expect(await crowd.claim(named("Ann"), "another's")).toBe(false);
      expect(await crowd.claim(named("Ann"), undefined)).toBe(false);
      expect(await crowd.claim(named("Bob"), "another's")).toBe(true);
      crowd.release(ann);
      expect(await crowd.claim(named("Ann"), "another's")).toBe(true);
      expect(heard.replaced).toEqual([]);
    });

    test("is the same name in other letters", async ({ crowd }) => {
      expect(await crowd.claim(named("Ann"), "hers")).toBe(true);
      expect(await crowd.claim(named("ＡＮＮ"), "another's")).toBe(false);
    });

    test("is taken over with its secret, and who had it is told", async ({ crowd, heard, eventually }) => {
      await crowd.claim(named("Ann"), "hers");
      expect(await crowd.claim(named("ann"), "hers")).toBe(true);
      await eventually(() => expect(heard.replaced.map(({ key }) => key)).toEqual(["ann"]));
      expect(await crowd.claim(named("Ann"), "another's")).toBe(false);
    });

    test("that was taken without a secret is not taken over", async ({ crowd, heard }) => {
      await crowd.claim(named("Ann"), undefined);
      expect(await crowd.claim(named("Ann"), undefined)).toBe(false);
      expect(await crowd.claim(named("Ann"), "")).toBe(false);
      expect(heard.replaced).toEqual([]);
    });

    test("goes to one only of those who ask for it at once", async ({ crowd }) => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => crowd.claim(named("Ann"), `secret ${index}`)),
      );
      expect(outcomes.filter((isTaken) => isTaken)).toHaveLength(1);
    });

    test("that is taken over has left its rooms, and may join them again", async ({
      gathering,
      crowd,
      come,
      eventually,
    }) => {
      const before = await come("Ann", "lobby");
      const ann = named("Ann");
      expect(await crowd.claim(ann, "secret of Ann")).toBe(true);
      await eventually(() => expect(crowd.people("lobby", undefined, 10).people).toBe(0));
      expect(crowd.join("lobby", ann)).toBe(1);
      // What the one who lost the name still has under way must not hit the one who has it now.
      crowd.leave("lobby", before);
      crowd.release(before);
      await gathering.pass(1000);
      expect(crowd.people("lobby", undefined, 10).names).toEqual(["Ann"]);
      expect(await crowd.claim(named("Ann"), "another's")).toBe(false);
    });
  });
}
