// One measurement of a swarm: a seed that is there first, and leechers, timed from their start until the last one has the file.
// It knows no client and no goal.
import { setTimeout as delay } from "node:timers/promises";
import type { Cost } from "../commands/account.ts";
import type { Workspace } from "../commands/workspace.ts";
import { swarmBoundSeconds, type Swarm } from "./bound.ts";
import type { SwarmClient } from "./client.ts";
import type { Sample } from "./meter.ts";
import { openScene, type Tools } from "./scene.ts";

export interface Swarmed {
  leechers: number;
  /** When the leechers were started, by the clock of the samples. */
  startSeconds: number;
  /** From then until each had all. */
  doneSeconds: number[];
  /** Of those, until each had all whose client is the seed's. */
  alikeDoneSeconds: number[];
  samples: readonly Sample[];
  /** The seed's number among the samples' hosts. */
  seedHost: number;
  seed: Cost;
  leeching: Cost[];
}

const SEED_HOST = 1;
const FIRST_LEECHER_HOST = 2;
/** How many leechers the network has addresses for. */
export const MOST_LEECHERS = 254 - FIRST_LEECHER_HOST;

/** A swarm that needs this much longer than it must will not end. */
const patienceSeconds = (boundSeconds: number): number => 120 + 8 * boundSeconds;

/** @param clients of the leechers in turn; the first one's is also the seed's. @throws LeftOut what is missing here. */
export async function measureSwarm(
  tools: Tools,
  workspace: Workspace,
  clients: readonly [SwarmClient, ...SwarmClient[]],
  swarm: Swarm,
  leechers: number,
): Promise<Swarmed> {
  for (const client of clients) client.prepare?.();
  const [seedClient] = clients;
  const cast = Array.from({ length: leechers }, (_, index) => ({
    host: FIRST_LEECHER_HOST + index,
    client: clients[index % clients.length]!,
  }));
  const inNamespaces = clients.some(({ needsNamespace }) => needsNamespace);
  const scene = await openScene(tools, workspace, swarm, FIRST_LEECHER_HOST - 1 + leechers, inNamespaces);
  try {
    const seedRates = { upload: swarm.seedBytesPerSecond, download: Infinity };
    const seed = scene.start(SEED_HOST, seedClient.seed(scene.place(SEED_HOST, seedRates, "all")));
    await Promise.race([scene.seedIsThere(), seed.ended]);

    const rates = { upload: swarm.uploadBytesPerSecond, download: swarm.downloadBytesPerSecond };
    const ready = cast.map(({ host, client }) => ({
      host,
      client,
      command: client.leech(scene.place(host, rates, "nothing")),
    }));
    const startSeconds = nowSeconds();
    const running = ready.map(({ host, client, command }) => ({
      client,
      process: scene.start(host, command),
    }));
    const completions = Promise.all(
      running.map(async ({ client, process }) => {
        while (!client.saysComplete(await process.nextLine()));
        return nowSeconds() - startSeconds;
      }),
    );
    const doneSeconds = await inTime(completions, patienceSeconds(swarmBoundSeconds(swarm, leechers)));
    // At once: who says that it has all has all on disk.
    for (const { host } of cast) scene.compare(host);
    await scene.meter.stop();
    const [seedCost, leeching] = await Promise.all([
      seed.stop(),
      Promise.all(running.map(({ process }) => process.stop())),
    ]);
    return {
      leechers,
      startSeconds,
      doneSeconds,
      alikeDoneSeconds: doneSeconds.filter((_, index) => cast[index]?.client === seedClient),
      samples: scene.meter.samples,
      seedHost: SEED_HOST,
      seed: seedCost,
      leeching,
    };
  } finally {
    await scene.close();
  }
}

const nowSeconds = (): number => Number(process.hrtime.bigint()) / 1e9;

async function inTime<Value>(promise: Promise<Value>, seconds: number): Promise<Value> {
  const stop = new AbortController();
  const alarm = delay(seconds * 1000, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`not all leechers have the file after ${seconds.toFixed(0)} s`);
  });
  try {
    return await Promise.race([promise, alarm]);
  } finally {
    stop.abort();
    alarm.catch(() => {});
  }
}
