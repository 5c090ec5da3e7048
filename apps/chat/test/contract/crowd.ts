// What every crowd promises, as tests. Knows no crowd: each brings itself, and says how time passes for it.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseName, type Named } from "../../src/names.ts";
import { MAX_NAMED_PEOPLE } from "../../src/protocol.ts";
import type { Crowd, PresenceChange, Whisper } from "../../src/server/crowd.ts";

/** One crowd that several servers may share, with nobody in it at first. */
export interface Gathering {
  /** One server's view of it: a second one only where `isShared`. */
  open(): Promise<Crowd> | Crowd;
  /** Lets time pass, virtual or real. */
  pass(durationMs: number): Promise<void>;
  /** When all that were opened are closed. */
  discard(): Promise<void> | void;
}

export interface CrowdTraits {
  readonly isShared: boolean;
}

interface Heard {
  readonly presence: PresenceChange[];
  readonly typing: [room: string, name: string][];
  readonly whispered: [to: string, whisper: Whisper][];
  readonly replaced: Named[];
}

export function crowdContract(
  name: string,
  traits: CrowdTraits,
  create: () => Promise<Gathering> | Gathering,
): void {
  describe(`${name} keeps the contract of a crowd`, () => {
    let gathering: Gathering;
    let crowd: Crowd;
    let heard: Heard;
    const opened: Crowd[] = [];

    async function open(): Promise<{ crowd: Crowd; heard: Heard }> {
      const one = await gathering.open();
      opened.push(one);
      const all: Heard = { presence: [], typing: [], whispered: [], replaced: [] };
      one.follow({
        presence: (change) => void all.presence.push(change),
        typing: (room, by) => void all.typing.push([room, by]),
        whispered: (to, whisper) => void all.whispered.push([to, whisper]),
        replaced: (person) => void all.replaced.push(person),
      });
      return { crowd: one, heard: all };
    }

    beforeEach(async () => {
      gathering = await create();
      ({ crowd, heard } = await open());
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
      await gathering.discard();
    });

    describe("a name", () => {
      test("is one person's at a time, and may be taken when it was given back", async () => {
        const ann = named("Ann");
        expect(await crowd.claim(ann, "hers")).toBe(true);
        expect(await crowd.claim(named("Ann"), "another's")).toBe(false);
        expect(await crowd.claim(named("Ann"), undefined)).toBe(false);
        expect(await crowd.claim(named("Bob"), "another's")).toBe(true);
        crowd.release(ann);
        expect(await crowd.claim(named("Ann"), "another's")).toBe(true);
        expect(heard.replaced).toEqual([]);
      });

      test("is the same name in other letters", async () => {
        expect(await crowd.claim(named("Ann"), "hers")).toBe(true);
        expect(await crowd.claim(named("ＡＮＮ"), "another's")).toBe(false);
      });

      test("is taken over with its secret, and who had it is told", async () => {
        await crowd.claim(named("Ann"), "hers");
        expect(await crowd.claim(named("ann"), "hers")).toBe(true);
        await eventually(() => expect(heard.replaced.map(({ key }) => key)).toEqual(["ann"]));
        expect(await crowd.claim(named("Ann"), "another's")).toBe(false);
      });

      test("that was taken without a secret is not taken over", async () => {
        await crowd.claim(named("Ann"), undefined);
        expect(await crowd.claim(named("Ann"), undefined)).toBe(false);
        expect(await crowd.claim(named("Ann"), "")).toBe(false);
        expect(heard.replaced).toEqual([]);
      });

      test("goes to one only of those who ask for it at once", async () => {
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) => crowd.claim(named("Ann"), `secret ${index}`)),
        );
        expect(outcomes.filter((isTaken) => isTaken)).toHaveLength(1);
      });

      test("that is taken over has left its rooms, and may join them again", async () => {
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

    describe("presence", () => {
      test("tells who arrived and who departed, and how many are there now", async () => {
        const ann = await come("Ann", "lobby");
        await eventually(() => expect(summary("lobby")).toMatchObject({ people: 1, present: ["Ann"] }));
        const bob = await come("Bob", "lobby");
        await eventually(() =>
          expect(summary("lobby")).toMatchObject({ people: 2, present: ["Ann", "Bob"] }),
        );
        crowd.leave("lobby", ann);
        await eventually(() => expect(summary("lobby")).toMatchObject({ people: 1, present: ["Bob"] }));
        crowd.leave("lobby", bob);
        expect(crowd.join("lobby", ann)).toBe(1);
      });

      test("join yields how many are there, the one who joins included", async () => {
        for (const [index, who] of ["Ann", "Bob", "Cleo"].entries()) {
          const person = named(who);
          await crowd.claim(person, who);
          expect(crowd.join("lobby", person)).toBe(index + 1);
          expect(crowd.join("kitchen", person)).toBe(index + 1);
        }
      });

      test("to join twice, and to leave what one has not joined, changes nothing", async () => {
        const ann = await come("Ann", "lobby");
        const bob = await come("Bob", "kitchen");
        expect(crowd.join("lobby", ann)).toBe(1);
        crowd.leave("lobby", bob);
        crowd.leave("nowhere", bob);
        await gathering.pass(1000);
        expect(crowd.people("lobby", undefined, 10)).toEqual({ names: ["Ann"], people: 1, more: false });
        expect(summary("lobby")).toEqual({ people: 1, present: ["Ann"], changes: 1 });
      });

      test("to give a name back leaves all rooms", async () => {
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

      test("is told at most five times a second in a room, and nothing is lost by it", async () => {
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

      test("who comes and goes in between is not told of", async () => {
        await come("Ann", "lobby");
        await eventually(() => expect(summary("lobby").people).toBe(1));
        const bob = await come("Bob", "lobby");
        crowd.leave("lobby", bob);
        await gathering.pass(1000);
        expect(summary("lobby")).toEqual({ people: 1, present: ["Ann"], changes: 1 });
      });

      test("names nobody in a room of more people than are named, and counts them", async () => {
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
      test("nobody is in a room that nobody joined", () => {
        expect(crowd.people("nowhere", undefined, 10)).toEqual({ names: [], people: 0, more: false });
      });

      test("pages name everybody once, as shown, in order of their keys", async () => {
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

      test("a page goes on after somebody who has left meanwhile, and names who has come", async () => {
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

    describe("typing and whispers", () => {
      test("typing is told with the room and the name as shown", async () => {
        const ann = await come("Ann", "lobby");
        await come("Bob", "lobby");
        crowd.typing("lobby", ann);
        await eventually(() => expect(heard.typing).toEqual([["lobby", "Ann"]]));
      });

      test("a whisper reaches whoever has the name, and nobody else", async () => {
        await come("Ann", "lobby");
        await come("Bob", "lobby");
        const whisper: Whisper = { id: "1", from: "Ann", to: "Bob", text: "psst 🤫", at: 1234 };
        expect(await crowd.whisper("bob", whisper)).toBe(true);
        await eventually(() => expect(heard.whispered).toEqual([["bob", whisper]]));
        expect(await crowd.whisper("cleo", { ...whisper, to: "Cleo" })).toBe(false);
        expect(heard.whispered).toHaveLength(1);
      });

      test("a whisper to a name that was given back reaches nobody", async () => {
        const bob = named("Bob");
        await crowd.claim(bob, undefined);
        crowd.release(bob);
        const whisper: Whisper = { id: "1", from: "Ann", to: "Bob", text: "psst", at: 1234 };
        expect(await crowd.whisper("bob", whisper)).toBe(false);
      });
    });

    test("hostile words are rooms of their own", async () => {
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

    test("after close nobody is told anything, and to close again is harmless", async () => {
      const ann = await come("Ann", "lobby");
      await crowd.close();
      await crowd.close();
      const told = heard.presence.length;
      crowd.leave("lobby", ann);
      await gathering.pass(1000);
      expect(heard.presence).toHaveLength(told);
    });

    if (traits.isShared)
      describe("shared by two servers", () => {
        test("a name is one person's at both, and its secret takes it over from the other", async () => {
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

        test("people of both are counted, named and told of in their rooms", async () => {
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

        test("typing and whispers cross over", async () => {
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

        test("the people of one that is closed are gone from the other", async () => {
          const other = await open();
          await come("Ann", "lobby");
          await come("Bob", "lobby", other.crowd);
          await eventually(() => expect(summary("lobby").people).toBe(2));
          await other.crowd.close();
          await eventually(() => expect(summary("lobby")).toMatchObject({ people: 1, present: ["Ann"] }));
          expect(await crowd.claim(named("Bob"), "another's")).toBe(true);
        });
      });

    /** Takes the name, with a secret of its own, and joins. */
    async function come(who: string, room: string, at: Crowd = crowd): Promise<Named> {
      const person = named(who);
      if (!(await at.claim(person, `secret of ${who}`))) throw new Error(`${who} is taken`);
      at.join(room, person);
      return person;
    }

    /** What somebody who added up all differences knows of a room. */
    function summary(room: string): { people: number; present: string[]; changes: number } {
      const changes = heard.presence.filter((change) => change.room === room);
      const present = new Set<string>();
      for (const { arrived, departed } of changes) {
        for (const who of departed) present.delete(who);
        for (const who of arrived) present.add(who);
      }
      return {
        people: changes.at(-1)?.people ?? 0,
        present: [...present].toSorted(),
        changes: changes.length,
      };
    }

    async function eventually(check: () => void): Promise<void> {
      for (let tries = 0; tries < 200; tries++) {
        try {
          return check();
        } catch {
          await gathering.pass(50);
        }
      }
      check();
    }
  });
}

export function named(name: string): Named {
  const person = parseName(name);
  if (person === undefined) throw new Error(`${name} is no name`);
  return person;
}
