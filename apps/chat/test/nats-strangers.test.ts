// Tests in virtual time who is taken for dead, and who is not.
import { VirtualClock } from "@socketlab/core";
import { beforeEach, expect, test } from "vitest";
import { Strangers } from "../src/server/nats-strangers.ts";
import { Presence } from "../src/server/presence.ts";
import { named } from "./contract/named.ts";

const TTL_MS = 15_000;
const FORGET_MS = 3_600_000;

let clock: VirtualClock;
let presence: Presence;
let strangers: Strangers;
beforeEach(() => {
  clock = new VirtualClock();
  presence = new Presence(clock, () => {});
  strangers = new Strangers(presence, clock, TTL_MS);
  strangers.put(named("Ann"), { server: "a", rooms: ["lobby"], revision: 1 });
  strangers.put(named("Bob"), { server: "b", rooms: ["lobby"], revision: 2 });
});

/** This server and these others are heard of every five seconds. */
async function hear(durationMs: number, ...others: string[]): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 5000) {
    await clock.advance(5000);
    for (const server of others) strangers.renewed(server);
    strangers.sweep(FORGET_MS);
  }
}

const present = (): string[] => presence.people("lobby", undefined, 10).names;

test("the people of a server that is silent for its time to live are gone, and nobody else's", async () => {
  await hear(TTL_MS, "a");
  expect(present()).toEqual(["Ann", "Bob"]);
  await hear(5000, "a");
  expect(present()).toEqual(["Ann"]);
  expect(strangers.get("bob")).toBeUndefined();
  expect(strangers.isDead("b")).toBe(true);
});

test("they are back as soon as their server is heard again", async () => {
  await hear(60_000, "a");
  strangers.renewed("b");
  expect(present()).toEqual(["Ann", "Bob"]);
  expect(strangers.get("bob")).toMatchObject({ server: "b" });
});

test("a time in which nobody hears of anybody, oneself included, is nobody's death", async () => {
  await hear(20_000, "a", "b");
  await clock.advance(120_000);
  strangers.sweep(FORGET_MS);
  await hear(5000, "a");
  expect(present()).toEqual(["Ann", "Bob"]);
  await hear(15_000, "a");
  expect(present()).toEqual(["Ann"]);
});

test("what a dead server has left is forgotten in the end", async () => {
  await hear(20_000, "a");
  await hear(FORGET_MS + 5000, "a");
  expect(strangers.isDead("b")).toBe(false);
  strangers.renewed("b");
  expect(present()).toEqual(["Ann"]);
});

test("whoever is at another server now was there all the time, in the rooms of both", () => {
  strangers.put(named("Bob"), { server: "a", rooms: ["lobby", "attic"], revision: 3 });
  expect(present()).toEqual(["Ann", "Bob"]);
  strangers.gone("b");
  expect(present()).toEqual(["Ann", "Bob"]);
  strangers.gone("a");
  expect(present()).toEqual([]);
  expect(presence.people("attic", undefined, 10).people).toBe(0);
});
