import { beforeEach, describe, expect, test } from "vitest";
import { MAX_CONVERSATIONS, MAX_PEERS, type FromServer } from "../../src/observe/protocol.ts";
import { Observation } from "./observing.ts";
import { conversation, identity, idOf, state } from "./states.ts";

describe("an observer", () => {
  let lab: Observation;

  beforeEach(async () => {
    lab = new Observation();
    await lab.open();
  });

  test("tells a page first how one joins, then who is there and what they do, and then what changes", async () => {
    let own = state([], { has: 3 });
    lab.report(1, { look: () => own });
    await lab.clock.advance(1000);
    const told = await lab.watch();
    await lab.clock.advance(1000);
    expect(told).toEqual([
      { type: "invitation", commands: ["p2p get film.torrent"] },
      { type: "appeared", peer: 1, ...identity(1) },
      { type: "changed", peer: 1, has: 3 },
    ]);
    own = state([conversation(1, 2)], { has: 4 });
    await lab.clock.advance(1000);
    expect(told.slice(3)).toEqual([
      { type: "changed", peer: 1, has: 4, conversations: [conversation(1, 2)] },
    ]);
  });

  test("tells a page who has left, and forgets it", async () => {
    const reporter = lab.report(1);
    const told = await lab.watch();
    await lab.clock.advance(1000);
    await lab.clock.run(reporter[Symbol.asyncDispose]());
    await lab.clock.advance(1000);
    expect(told.at(-1)).toEqual({ type: "left", peer: 1 });
    const later = await lab.watch();
    await lab.clock.advance(1000);
    expect(later.map(({ type }) => type)).toEqual(["invitation"]);
  });

  test("tells a page nothing while nothing changes", async () => {
    lab.report(1);
    const told = await lab.watch();
    await lab.clock.advance(1000);
    const before = told.length;
    await lab.clock.advance(60_000);
    expect(told).toHaveLength(before);
  });

  test("tells a page that does not read no more than the latest, when it reads again", async () => {
    let has = 0;
    lab.report(1, { look: () => state([], { has: ++has }) });
    const socket = await lab.dial();
    await socket.send({ type: "watch" });
    await lab.clock.advance(60 * 60_000);
    const told: FromServer[] = [];
    void (async () => {
      for await (const message of socket) told.push(message);
    })();
    await lab.clock.advance(1000);
    // What waited on the way is bounded; the rest was never said.
    expect(told.length).toBeLessThan(has);
    expect(told.at(-1)).toMatchObject({ type: "changed", has: expect.any(Number) });
    const last = told.findLast((message) => message.type === "changed")!;
    expect(has - (last as { has: number }).has).toBeLessThan(5);
  });

  test("refuses one peer too many, and says why", async () => {
    for (let n = 1; n <= MAX_PEERS; n++) lab.report(n);
    await lab.clock.advance(1000);
    const refusals: string[] = [];
    lab.report(MAX_PEERS + 1, { onRefused: (sentence) => refusals.push(sentence) });
    await lab.clock.advance(60_000);
    expect(refusals).toEqual(["tcp://10.9.9.9:4202 says: 200 peers are watched already"]);
  });

  test.each([
    ["something before who it is", [{ type: "changed", has: 1 }], /says first who it is/],
    [
      "who it is again",
      [
        { type: "iAm", ...identity(1) },
        { type: "iAm", ...identity(1) },
      ],
      /after who it is/,
    ],
    [
      "more and more conversations",
      [
        { type: "iAm", ...identity(1) },
        ...[0, 1].map((half) => ({
          type: "changed" as const,
          conversations: Array.from({ length: MAX_CONVERSATIONS - half }, (_, n) =>
            conversation(1, 2, { id: 1000 * half + n, peerId: idOf(2) }),
          ),
        })),
      ],
      /more than 200 conversations/,
    ],
  ] as const)("hangs up on a peer that says %s, and tells it why", async (_what, messages, why) => {
    const bystander = await lab.watch();
    const socket = await lab.dial();
    for (const message of messages) await socket.send(structuredClone(message) as never);
    const answers: FromServer[] = [];
    const reading = (async () => {
      for await (const answer of socket) answers.push(answer);
    })().catch(() => {});
    await lab.clock.run(reading);
    const detail = answers.map((answer) => (answer.type === "refused" ? answer.detail : "")).join();
    const closed = await lab.clock.run(socket.closed);
    expect(`${detail} ${closed.error?.message ?? ""}`).toMatch(why);
    await lab.clock.advance(1000);
    const gone = bystander.filter(({ type }) => type === "left").length;
    expect(bystander.filter(({ type }) => type === "appeared")).toHaveLength(gone);
  });
});
