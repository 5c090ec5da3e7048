// Our client's conversation with our server's hall, in virtual time, with chance against both: the promise end to end.
import { connect, listen, seededRandom, VirtualClock, VirtualNetwork } from "@socketlab/core";
import { expect, test } from "vitest";
import { Session } from "../src/client/session.ts";
import { chat } from "../src/protocol.ts";
import { Hall } from "../src/server/hall.ts";
import { converse } from "../src/server/handle.ts";
import { MemoryCrowd } from "../src/server/memory-crowd.ts";
import { FakeStore } from "./fake-store.ts";

const SERVER = "tcp://127.0.0.1:4001";
const SEEDS = Number(process.env["CHAT_SEEDS"] ?? 20);
const people = ["ann", "bob", "eve", "joe"];

test.each(Array.from({ length: SEEDS }, (_, at) => at + 1))(
  "what is acknowledged is shown once and in one order, through kills, resets and a failing disk (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const clock = new VirtualClock(1_000_000);
    const network = new VirtualNetwork({ clock, seed, faults: { delayMs: 5, jitterMs: 20, reset: 0.005 } });
    const some = (): number => random() * 20;
    const store = new FakeStore({ clock, keepMs: some, tellMs: some, seeMs: some });
    let kill = await open();
    async function open(): Promise<() => void> {
      const hall = new Hall({
        store,
        crowd: new MemoryCrowd(clock),
        clock,
        monotonicMs: () => clock.now(),
        rate: { perSecond: 20, burst: 20 },
        onError: () => {},
      });
      const listener = await listen(chat, SERVER, { network, idleTimeoutMs: 0 });
      void (async () => {
        for await (const socket of listener) converse(socket, hall).catch(() => {});
      })();
      return () => {
        for (const socket of listener.sockets) socket.abort();
        void listener.close();
      };
    }

    const history: string[] = [];
    const acknowledged: string[] = [];
    const shown = new Map(people.map((name) => [name, [] as string[]]));
    const said = new Map(people.map((name) => [name, [] as string[]]));
    const sessions = people.map((name) => {
      const dial = (signal: AbortSignal) => connect(chat, SERVER, { network, signal });
      const session = new Session({ name, rooms: ["lobby"], dial, clock, random, history: 0 });
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
        kill();
        await clock.advance(random() * 500);
        kill = await open();
      } else if (chance < 0.1) store.failing = random() < 0.5 ? "append" : "nothing";
      else {
        const text = `${name} ${step}`;
        said.get(name)!.push(text);
        history.push(`${clock.now()} ${name} says ${text}`);
        promises.push(session.say("lobby", text).then(() => acknowledged.push(text)));
      }
      await clock.advance(random() * 100);
    }
    store.failing = "nothing";
    await clock.run(Promise.all(promises));
    await clock.advance(60_000);
    for (const { stop } of sessions) stop();
    kill();

    const kept = store.entries.map(({ text }) => text);
    const told = history.join("\n");
    expect(acknowledged.toSorted(), told).toEqual(kept.toSorted());
    for (const name of people) {
      expect(shown.get(name), told).toEqual(kept);
      const own = kept.filter((text) => text.startsWith(name));
      expect(own, told).toEqual(said.get(name));
    }
  },
);
