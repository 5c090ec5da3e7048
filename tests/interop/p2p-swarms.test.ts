// Whole swarms of ours and others' clients: who knows no tracker learns of others from whom it knows (BEP 11), and in a mixed
// swarm with upload limits everybody gets all of it.
import { needs } from "@socketlab/core/test-kit";
import { describe, expect, test } from "vitest";
import { aria2, libtorrent, ours, transmission } from "./p2p/clients.ts";
import { openScenes } from "./p2p/scenes.ts";
import { TestSwarm } from "./p2p/swarm.ts";

const PATIENCE_MS = 100_000;
const KIB = 1024;

const sceneOf = openScenes();

describe(
  "who knows no tracker learns of others from whom it knows",
  { concurrent: true, timeout: 2 * PATIENCE_MS },
  () => {
    // The one in the middle gives next to nothing itself: only from whom it tells of can all come in time.
    const MIDDLE_UPLOAD = 2 * KIB;

    for (const client of [libtorrent, aria2, transmission, ours])
      test(
        `ours tells ${client.name === "ours" ? "ours" : client.name}`,
        needs(...client.needs),
        async () => {
          const { site } = sceneOf(client);
          await using swarm = await TestSwarm.made(site, { kind: "file" });
          const seed = swarm.place("IPv4");
          const last = swarm.place("IPv4");
          const middle = swarm.place("IPv4", {
            upload: MIDDLE_UPLOAD,
            download: 10 * KIB,
            peers: [`${seed.ip}:${seed.port}`, `${last.ip}:${last.port}`],
          });
          await swarm.start(ours, "seed", seed);
          await swarm.start(client, "leecher", last);
          await swarm.start(ours, "leecher", middle);
          await swarm.arrived(last, client, PATIENCE_MS);
        },
      );

    for (const client of [libtorrent, aria2, transmission])
      test(`${client.name} tells ours`, needs(...client.needs), async () => {
        const { site, tracker } = sceneOf(client);
        const trackerUrl = tracker.url("http", "IPv4");
        await using swarm = await TestSwarm.made(site, { kind: "file", trackerUrl });
        const [seed, middle] = [swarm.place("IPv4"), swarm.place("IPv4", { upload: MIDDLE_UPLOAD })];
        await swarm.start(ours, "seed", seed);
        await tracker.hasSeed(swarm.infoHash, PATIENCE_MS);
        await swarm.start(client, "leecher", { ...middle, download: 10 * KIB });
        const last = swarm.place("IPv4", {
          magnet: swarm.magnet.replaceAll(/&tr=[^&]*/g, ""),
          peers: [`${middle.ip}:${middle.port}`],
        });
        await swarm.start(ours, "leecher", last);
        await swarm.arrived(last, ours, PATIENCE_MS);
      });
  },
);

test(
  "in a mixed swarm with upload limits everybody gets all",
  { ...needs("aria2", "python libtorrent"), timeout: PATIENCE_MS },
  async () => {
    const { site, tracker } = sceneOf(ours);
    await using swarm = await TestSwarm.made(site, { kind: "file", trackerUrl: tracker.url("http", "IPv4") });
    const upload = 300 * KIB;
    await swarm.start(ours, "seed", swarm.place("IPv4", { upload }));
    await tracker.hasSeed(swarm.infoHash, PATIENCE_MS);
    const clients = [ours, aria2, libtorrent, ours, aria2, libtorrent];
    const places = clients.map(() => swarm.place("IPv4", { upload: upload / 2 }));
    for (const [n, client] of clients.entries()) await swarm.start(client, "leecher", places[n]!);
    await Promise.all(places.map((place, n) => swarm.arrived(place, clients[n]!, PATIENCE_MS)));
    await expect.poll(() => tracker.seeds(swarm.infoHash), { timeout: 20_000 }).toBe(clients.length + 1);
  },
);
