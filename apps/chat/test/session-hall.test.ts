// Our client's conversation with our server's hall, in virtual time, with chance against both: the promise end to end.
import { listen, seededRandom, VirtualClock, VirtualNetwork } from "@socketlab/core";
import { test } from "vitest";
import { chat } from "../src/protocol.ts";
import { Hall } from "../src/server/hall.ts";
import { converse } from "../src/server/handle.ts";
import { MemoryCrowd } from "../src/server/memory-crowd.ts";
import { FakeStore } from "./fake-store.ts";
import { SERVER } from "./model-server.ts";
import { seeds, Talk } from "./talk.ts";

test.each(seeds(20))(
  "what is acknowledged is shown once and in one order, through kills, resets and a failing disk (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const clock = new VirtualClock(1_000_000);
    const network = new VirtualNetwork({ clock, seed, faults: { delayMs: 5, jitterMs: 20, reset: 0.005 } });
    const some = (): number => random() * 20;
    const store = new FakeStore({ clock, keepMs: some, tellMs: some, seeMs: some });
    let kill = (): void => {};
    const start = async (): Promise<void> => {
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
      kill = () => {
        for (const socket of listener.sockets) socket.abort();
        void listener.close();
      };
    };
    await start();
    const talk = new Talk({ clock, random, network });
    await talk.go({
      kill: () => kill(),
      start,
      mishap: () => void (store.failing = random() < 0.5 ? "append" : "nothing"),
      mishapChance: 0.05,
    });
    store.failing = "nothing";
    await talk.end();
    kill();
    talk.expectPromiseKept(store.entries.map(({ text }) => text));
  },
);
