// Holds the crowd in memory to the contract of crowds, in virtual time, and to what is its own.
import { UsageError, VirtualClock } from "@socketlab/core";
import { expect, test } from "vitest";
import { MAX_NAMED_PEOPLE } from "../src/protocol.ts";
import { MemoryCrowd } from "../src/server/memory-crowd.ts";
import type { PresenceChange } from "../src/server/crowd.ts";
import { crowdContract } from "./contract/crowd.ts";
import { named } from "./contract/named.ts";

crowdContract("The crowd in memory", { isShared: false }, () => {
  const clock = new VirtualClock();
  return {
    open: () => new MemoryCrowd(clock),
    pass: (durationMs) => clock.advance(durationMs),
    discard: () => {},
  };
});

function newCrowd(): { clock: VirtualClock; crowd: MemoryCrowd; told: PresenceChange[] } {
  const clock = new VirtualClock();
  const crowd = new MemoryCrowd(clock);
  const told: PresenceChange[] = [];
  crowd.follow({
    presence: (change) => told.push(change),
    typing: () => {},
    whispered: () => {},
    replaced: () => {},
  });
  return { clock, crowd, told };
}

test("changes are told together, a fifth of a second after the first of them", async () => {
  const { clock, crowd, told } = newCrowd();
  const people = ["Ann", "Bob", "Cleo"].map(named);
  for (const person of people) {
    await crowd.claim(person, undefined);
    crowd.join("lobby", person);
    await clock.advance(50);
  }
  await clock.advance(49);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(told).toEqual([{ room: "lobby", arrived: ["Ann", "Bob", "Cleo"], departed: [], people: 3 }]);
});

test("whoever comes back in other letters within that time has changed the name", async () => {
  const { clock, crowd, told } = newCrowd();
  const [before, after] = [named("Ann"), named("ANN")];
  await crowd.claim(before, "hers");
  crowd.join("lobby", before);
  const bob = named("Bob");
  await crowd.claim(bob, undefined);
  crowd.join("lobby", bob);
  await clock.advance(1000);
  await crowd.claim(after, "hers");
  crowd.join("lobby", after);
  await clock.advance(1000);
  expect(told.at(-1)).toEqual({ room: "lobby", arrived: ["ANN"], departed: ["Ann"], people: 2 });
});

test("as many people as are named are named, and one more are not", async () => {
  const { clock, crowd, told } = newCrowd();
  for (let index = 0; index < MAX_NAMED_PEOPLE; index++) {
    const person = named(`P${index}`);
    await crowd.claim(person, undefined);
    crowd.join("lobby", person);
  }
  await clock.advance(1000);
  expect(told.at(-1)).toMatchObject({ people: MAX_NAMED_PEOPLE });
  expect(told.at(-1)!.arrived).toHaveLength(MAX_NAMED_PEOPLE);
  const one = named("One more");
  await crowd.claim(one, undefined);
  crowd.join("lobby", one);
  await clock.advance(1000);
  expect(told.at(-1)).toEqual({ room: "lobby", arrived: [], departed: [], people: MAX_NAMED_PEOPLE + 1 });
});

test("nobody joins without a name", () => {
  const { crowd } = newCrowd();
  expect(() => crowd.join("lobby", named("Ann"))).toThrow(UsageError);
});
