// The same promise where one machine is not enough: clients spread over three chat servers that share three NATS servers,
// while chat servers and NATS servers are killed with -9. SOCKETLAB_CHAT_CLUSTER_KILLS sets how many chat servers.
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { assertKept, printCounts, runRestless } from "./chat/run.ts";
import { ChatServer } from "./chat/server.ts";

const KILLS = Number(process.env["SOCKETLAB_CHAT_CLUSTER_KILLS"] ?? 6);
const SEED = Number(process.env["SOCKETLAB_CHAT_SEED"] ?? 1);
const timeout = 120_000 + KILLS * 15_000;

test(
  `${KILLS} chat servers and ${Math.ceil(KILLS / 6)} NATS servers killed`,
  { ...needs("nats-server"), timeout },
  async () => {
    const nats = await Nats.start(3);
    const servers: ChatServer[] = [];
    try {
      for (let i = 0; i < 3; i++) servers.push(await ChatServer.started({ store: nats.url }));
      const run = await runRestless({
        seed: SEED,
        clients: 12,
        rooms: ["hall", "kitchen", "stairs"],
        urls: () => servers.flatMap(({ urls }) => urls),
        trouble: async (random, note) => {
          for (let kills = 0; kills < KILLS; kills++) {
            if (kills % 6 === 3) {
              const index = Math.floor(random() * 3);
              note(`kill -9 of NATS server ${index}`);
              await nats.killServer(index);
              await delay(1000 + random() * 2000);
              nats.startServer(index);
              await nats.ready();
              note(`NATS server ${index} is back`);
            }
            await delay(200 + random() * 1000);
            const index = Math.floor(random() * 3);
            note(`kill -9 of chat server ${index}`);
            await servers[index]!.kill();
            await delay(random() * 500);
            await servers[index]!.start();
            note(`chat server ${index} is back`);
          }
        },
      });
      assertKept(run, SEED);
      const { stored } = printCounts(run, `${KILLS} kills, seed ${SEED}`);
      expect(stored).toBeGreaterThan(20 * KILLS);
    } finally {
      await Promise.all(servers.map((server) => server.kill()));
    }
  },
);
