// What every crowd promises of who is where, and of how that is told. Knows no crowd.
import { describe, expect } from "vitest";
import type { Named } from "../../src/names.ts";
import { MAX_NAMED_PEOPLE } from "../../src/protocol.ts";
import type { CrowdTest, CrowdTraits } from "./crowd-test.ts";
import { named } from "./named.ts";

export function presence(test: CrowdTest, traits: CrowdTraits): void {
  describe("presence", () => {
    test("tells who arrived and who departed, and how many are there now", async ({
      crowd,
      come,
      summary,
      eventually,
    }) => {
      const ann = await come("Ann", "lobby");
      await eventually(() => expect(summary("lobby")).toMatchObject({ people: 1, present: ["Ann"] }));
      const bob = await come("Bob", "lobby");
      await eventually(() => expect(summary("lobby")).toMatchObject({ people: 2, present: ["Ann", "Bob"] }));
      crowd.leave("lobby", ann);
      await eventually(() => expect(summary("lobby")).toMatchObject({ people: 1, present: ["Bob"] }));
      crowd.leave("lobby", bob);
      expect(crowd.join("lobby", ann)).toBe(1);
    });

    test("join yields how many are there, the one who joins included", async ({ crowd }) => {
      for (const [index, who] of ["Ann", "Bob", "Cleo"].entries()) {
        const person = named(who);
        await crowd.claim(person, who);
        expect(crowd.join("lobby", person)).toBe(index + 1);
        expect(crowd.join("kitchen", person)).toBe(index + 1);
      }
    });

    test("to join twice, and to leave what one has not joined, changes nothing", async ({
      gathering,
      crowd,
      come,
      summary,
    }) => {
      const ann = await come("Ann", "lobby");
      const bob = await come("Bob", "kitchen");
      expect(crowd.join("lobby", ann)).toBe(1);
      crowd.leave("lobby", bob);
      crowd.leave("nowhere", bob);
      await gathering.pass(1000);
      expect(crowd.people("lobby", undefined, 10)).toEqual({ names: ["Ann"], people: 1, more: false });
      expect(summary("lobby")).toEqual({ people: 1, present: ["Ann"], changes: 1 });
    });

    test("to give a name back leaves all rooms", async ({ crowd, come, summary, eventually }) => {
      const ann = await come("Ann", "lobby");
      await come("Bob", "lobby");
      await come("Cleo", "kitchen");
      crowd.join("kitchen", ann);
      await eventually(() => expect(summary("kitchen").people).toBe(2));
      crowd.release(ann);
      await eventually(() => {
        expect(summary("lobby")).toMatchObject({ people: 1, present: ["Bob"] });
        expect(summary("kitchen")).toMatchObject({ people: 1, present: ["Cleo"] });
      });
    });

    test("is told at most five times a second in a room, and nothing is lost by it", async ({
      gathering,
      heard,
      come,
      summary,
      eventually,
    }) => {
      const names = Array.from({ length: 100 }, (_, index) => `P${String(index).padStart(3, "0")}`);
      for (const who of names) {
        await come(who, "lobby");
        await gathering.pass(10);
      }
      const before = heard.presence.length;
      await eventually(() => expect(summary("lobby")).toMatchObject({ people: 100, present: names }));
      // A hundred times 10 ms are a second at the least, and more where the time is real.
      if (!traits.isShared) expect(before).toBeLessThanOrEqual(6);
      expect(heard.presence.length).toBeLessThan(names.length / 2);
    });

    test("who comes and goes in between is not told of", async ({
      gathering,
      crowd,
      come,
      summary,
      eventually,
    }) => {
      await come("Ann", "lobby");
      await eventually(() => expect(summary("lobby").people).toBe(1));
      const bob = await come("Bob", "lobby");
      crowd.leave("lobby", bob);
      await gathering.pass(1000);
      expect(summary("lobby")).toEqual({ people: 1, present: ["Ann"], changes: 1 });
    });

    test("names nobody in a room of more people than are named, and counts them", async ({
      gathering,
      heard,
      come,
      summary,
      eventually,
    }) => {
      for (let index = 0; index <= MAX_NAMED_PEOPLE; index++) await come(`P${index}`, "lobby");
      await eventually(() => expect(summary("lobby").people).toBe(MAX_NAMED_PEOPLE + 1));
      await gathering.pass(1000);
      const told = heard.presence.length;
      await come("Late", "lobby");
      await eventually(() => expect(summary("lobby").people).toBe(MAX_NAMED_PEOPLE + 2));
      const later = heard.presence.slice(told);
      expect(later.length).toBeGreaterThan(0);
      for (const change of later) expect(change).toMatchObject({ arrived: [], departed: [] });
    });
  });

  describe("people", () => {
    test("nobody is in a room that nobody joined", ({ crowd }) => {
      expect(crowd.people("nowhere", undefined, 10)).toEqual({ names: [], people: 0, more: false });
    });

    test("pages name everybody once, as shown, in order of their keys", async ({ crowd, come }) => {
      const names = ["cleo", "Ann", "Bob", "anna", "Zoë", "Łukasz", "日本", "O'Neil", "a.b", "1st", "Dan"];
      for (const who of names) await come(who, "lobby");
      const inOrder = names.toSorted((a, b) => (named(a).key < named(b).key ? -1 : 1));
      const pages: string[] = [];
      for (let after: string | undefined; ;) {
        const page = crowd.people("lobby", after, 3);
        expect(page.people).toBe(names.length);
        pages.push(...page.names);
        if (!page.more) break;
        expect(page.names).toHaveLength(3);
        after = page.names.at(-1);
      }
      expect(pages).toEqual(inOrder);
      expect(crowd.people("lobby", undefined, names.length)).toMatchObject({ names: inOrder, more: false });
      expect(crowd.people("lobby", inOrder.at(-1), 3)).toMatchObject({ names: [], more: false });
    });

    test("a page goes on after somebody who has left meanwhile, and names who has come", async ({
      crowd,
      come,
    }) => {
      const people = new Map<string, Named>();
      for (const who of ["Ann", "Bob", "Cleo", "Dan"]) people.set(who, await come(who, "lobby"));
      expect(crowd.people("lobby", undefined, 2).names).toEqual(["Ann", "Bob"]);
      crowd.leave("lobby", people.get("Bob")!);
      await come("Bill", "lobby");
      await come("Cy", "lobby");
      expect(crowd.people("lobby", "Bob", 2)).toEqual({
        names: ["Cleo", "Cy"],
        people: 5 - 1 + 1,
        more: true,
      });
    });
  });

  test("hostile words are rooms of their own", async ({ crowd, come }) => {
    const ann = await come("Ann", "lobby");
    const rooms = [
      "a.b",
      "a",
      "*",
      ">",
      "a.*",
      "a b",
      "__proto__",
      "constructor",
      "a\u0000b",
      "日本",
      "a/b",
      "%",
    ];
    for (const room of rooms) expect(crowd.join(room, ann), JSON.stringify(room)).toBe(1);
    for (const room of rooms) {
      crowd.leave(room, ann);
      expect(crowd.people(room, undefined, 10).people, JSON.stringify(room)).toBe(0);
    }
    expect(crowd.people("lobby", undefined, 10).people).toBe(1);
  });

  test("after close nobody is told anything, and to close again is harmless", async ({
    gathering,
    crowd,
    heard,
    come,
  }) => {
    const ann = await come("Ann", "lobby");
    await crowd.close();
    await crowd.close();
    const told = heard.presence.length;
    crowd.leave("lobby", ann);
    await gathering.pass(1000);
    expect(heard.presence).toHaveLength(told);
  });
}
