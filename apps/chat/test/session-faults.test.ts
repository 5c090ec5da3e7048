// The promise, with chance against it: nothing acknowledged is missing, nothing is shown twice, one order for all.
import { connect, seededRandom, VirtualClock } from "@socketlab/core";
import { expect, test } from "vitest";
import { Session } from "../src/client/session.ts";
import { chat } from "../src/protocol.ts";
import { ModelServer, SERVER } from "./model-server.ts";

const SEEDS = Number(process.env["CHAT_SEEDS"] ?? 30);
const people = ["ann", "bob", "eve", "joe"];

test.each(Array.from({ length: SEEDS }, (_, at) => at + 1))(
  "through kills, cuts, resets, refusals and delays (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const clock = new VirtualClock(1_000_000);
    const path = { delayMs: 5, jitterMs: 20, splitBytes: 200, reset: 0.01 };
    const server = new ModelServer(clock, random, { tooFast: 0.1, notStored: 0.1, storeMs: 50 }, path);
    await server.start();
    const history: string[] = [];
    const acknowledged = new Map<string, string>();
    const shown = new Map<string, string[]>();
    const said = new Map<string, string[]>();
    const dial = (signal: AbortSignal) => connect(chat, SERVER, { network: server.network, signal });
    const sessions = people.map((name) => {
      const session = new Session({ name, rooms: ["lobby"], dial, clock, random, history: 0 });
      shown.set(name, []);
      said.set(name, []);
      session.onEvent((event) => {
        if (event.event === "phase") history.push(`${clock.now()} ${name} ${event.phase.name}`);
        if (event.event !== "said") return;
        shown.get(name)!.push(event.text);
        history.push(`${clock.now()} ${name} is shown ${event.seq} ${event.text}`);
      });
      return { name, session, stop: session.start() };
    });
    await clock.advance(20_000);
    const promises: Promise<unknown>[] = [];
    for (let step = 0; step < 120; step++) {
      const { name, session } = sessions[Math.floor(random() * people.length)]!;
      const chance = random();
      if (chance < 0.05) {
        history.push(`${clock.now()} kill -9`);
        server.kill();
        await clock.advance(random() * 500);
        await server.start();
      } else if (chance < 0.15) server.cut(name);
      else {
        const text = `${name} ${step}`;
        said.get(name)!.push(text);
        history.push(`${clock.now()} ${name} says ${text}`);
        promises.push(session.say("lobby", text).then(({ id }) => acknowledged.set(id, text)));
      }
      await clock.advance(random() * 100);
    }
    await clock.run(Promise.all(promises));
    await clock.advance(60_000);
    for (const { stop } of sessions) stop();
    server.kill();

    const disk = server.disk.get("lobby")!.map(({ text }) => text);
    const told = history.join("\n");
    expect(new Set(disk).size, told).toBe(disk.length);
    expect([...acknowledged.values()].toSorted(), told).toEqual(disk.toSorted());
    for (const name of people) {
      expect(shown.get(name), told).toEqual(disk);
      expect(
        disk.filter((text) => text.startsWith(name)),
        told,
      ).toEqual(said.get(name));
    }
  },
);
