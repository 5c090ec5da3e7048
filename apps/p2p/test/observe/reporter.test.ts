import { listen } from "@socketlab/core";
import { beforeEach, describe, expect, test } from "vitest";
import { observation, type FromServer } from "../../src/observe/protocol.ts";
import { door, Observation } from "./observing.ts";
import { state } from "./states.ts";

describe("a peer that is observed", () => {
  let lab: Observation;

  beforeEach(() => {
    lab = new Observation();
  });

  test("looks four times a second while there is an observer, and not at all while there is none", async () => {
    let looks = 0;
    lab.report(1, { look: () => (looks++, state()) });
    await lab.clock.advance(5000);
    expect(looks).toBe(0);
    await lab.open();
    await lab.clock.advance(20_000);
    const before = looks;
    await lab.clock.advance(10_000);
    expect(looks - before).toBe(40);
  });

  test("comes back when the observer does, and tells everything again", async () => {
    await lab.open();
    lab.report(1, { look: () => state([], { has: 5 }) });
    await lab.clock.advance(1000);
    await lab.close();
    await lab.clock.advance(30_000);
    await lab.open();
    const told = await lab.watch();
    await lab.clock.advance(20_000);
    expect(told).toContainEqual(expect.objectContaining({ type: "changed", has: 5 }));
  });

  test("says once that the observer is not there, and nothing when it has been there and gone", async () => {
    const said: string[] = [];
    lab.report(1, { onAway: (sentence) => said.push(sentence) });
    await lab.clock.advance(60_000);
    expect(said).toEqual([
      expect.stringMatching(/^nobody observes yet.*: cannot connect to tcp:\/\/10\.9\.9\.9:4202: /),
    ]);
    await lab.open();
    const told: string[] = [];
    lab.report(2, { onAway: (sentence) => told.push(sentence) });
    await lab.clock.advance(60_000);
    await lab.close();
    await lab.clock.advance(60_000);
    expect([said.length, told]).toEqual([1, []]);
  });

  test("ends at once when nobody is there to be told", async () => {
    const reporter = lab.report(1);
    await lab.clock.advance(60_000);
    const beforeMs = lab.clock.now();
    await lab.clock.run(reporter[Symbol.asyncDispose]());
    expect(lab.clock.now()).toBe(beforeMs);
  });

  test("ends within a quarter of a second when the observer has stopped reading", async () => {
    // It accepts conversations, and does nothing more.
    await listen(observation, door, { network: lab.network, idleTimeoutMs: 0 });
    let has = 0;
    const reporter = lab.report(1, { look: () => state([], { has: ++has }) });
    await lab.clock.advance(60 * 60_000);
    const beforeMs = lab.clock.now();
    await lab.clock.run(reporter[Symbol.asyncDispose]());
    expect(lab.clock.now() - beforeMs).toBeLessThanOrEqual(250);
  });

  test("is told once why it is refused, and tries no more", async () => {
    const listener = await listen(observation, door, { network: lab.network });
    let dialled = 0;
    void (async () => {
      for await (const socket of listener) {
        dialled++;
        const refusal: FromServer = { type: "refused", code: "full", detail: "no room" };
        void socket.send(refusal).then(() => socket.close());
      }
    })();
    const refusals: string[] = [];
    lab.report(1, { onRefused: (sentence) => refusals.push(sentence) });
    await lab.clock.advance(60_000);
    expect(refusals).toEqual(["tcp://10.9.9.9:4202 says: no room"]);
    expect(dialled).toBe(1);
  });
});
