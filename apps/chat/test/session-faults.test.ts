// The promise, with chance against it: nothing acknowledged is missing, nothing is shown twice, one order for all.
import { seededRandom, VirtualClock } from "@socketlab/core";
import { test } from "vitest";
import { ModelServer } from "./model-server.ts";
import { seeds, Talk } from "./talk.ts";

test.each(seeds(30))("through kills, cuts, resets, refusals and delays (seed %i)", async (seed) => {
  const random = seededRandom(seed);
  const clock = new VirtualClock(1_000_000);
  const path = { delayMs: 5, jitterMs: 20, splitBytes: 200, reset: 0.01 };
  const server = new ModelServer(clock, random, { tooFast: 0.1, notStored: 0.1, storeMs: 50 }, path);
  await server.start();
  const talk = new Talk({ clock, random, network: server.network });
  await talk.go({
    kill: () => server.kill(),
    start: () => server.start(),
    mishap: (name) => server.cut(name),
    mishapChance: 0.1,
  });
  await talk.end();
  server.kill();
  talk.expectPromiseKept(server.disk.get("lobby")!.map(({ text }) => text));
});
