// Our peer with the clients that the world uses: each as a seed and as a leecher, with a torrent and with a magnet link, a file
// and a folder, found over our tracker by HTTP and by UDP, over IPv4 and IPv6, or without one; what arrives is compared byte by
// byte.
// With SOCKETLAB_WRITE_CLIENTS=1 what was seen is written down, for the table in the app's README.
import { needs } from "@socketlab/core/test-kit";
import { afterAll, describe, test } from "vitest";
import { aria2, libtorrent, ours, transmission, type Client, type Role } from "./p2p/clients.ts";
import { record, writeRecords, type Way } from "./p2p/record.ts";
import { openScenes } from "./p2p/scenes.ts";
import { TestSwarm } from "./p2p/swarm.ts";

/** Transmission waits for some seconds before it asks its tracker; and a minute over UDP, when its first datagram was lost. */
const PATIENCE_MS = 100_000;

/** Each two of their words stand together somewhere. */
const ways: readonly Way[] = [
  { by: "torrent", kind: "file", over: "http", family: "IPv4" },
  { by: "magnet", kind: "folder", over: "http", family: "IPv4" },
  { by: "torrent", kind: "folder", over: "udp", family: "IPv4" },
  { by: "magnet", kind: "file", over: "udp", family: "IPv4" },
  { by: "magnet", kind: "folder", over: "http", family: "IPv6" },
  { by: "magnet", kind: "folder", over: "DHT", family: "IPv4" },
  { by: "magnet", kind: "file", over: "LSD", family: "IPv4" },
];

const sceneOf = openScenes();
afterAll(writeRecords);

for (const client of [libtorrent, aria2, transmission])
  describe(client.name, { ...needs(...client.needs), concurrent: true, timeout: 2 * PATIENCE_MS }, () => {
    for (const role of ["seed", "leecher"] satisfies Role[])
      for (const way of ways.filter(({ over }) => over !== "DHT" || client.isShyOfFewNodes !== true))
        test(
          `as a ${role}, by ${way.by}, a ${way.kind}, over ${way.over} and ${way.family}`,
          way.over === "LSD" ? needs("network namespaces") : {},
          async () => {
            await exchange(client, role, way);
            record(client, role, way);
          },
        );
  });

/** @param role the foreign client's. */
async function exchange(client: Client, role: Role, { by, kind, over, family }: Way): Promise<void> {
  const { site, tracker, node } = sceneOf(client, over);
  const isTracked = over === "http" || over === "udp";
  const trackerUrl = isTracked ? tracker.url(over, family) : undefined;
  const looks = { dht: over === "DHT" ? node : undefined, lsd: over === "LSD" };
  await using swarm = await TestSwarm.made(site, { kind, trackerUrl });
  const [seed, leecher] = role === "seed" ? [client, ours] : [ours, client];
  const giving = await swarm.start(seed, "seed", swarm.place(family, looks));
  if (isTracked) await tracker.hasSeed(swarm.infoHash, PATIENCE_MS, () => `${giving.stdout}${giving.stderr}`);
  const place = swarm.place(family, { ...looks, magnet: by === "magnet" ? swarm.magnet : undefined });
  await swarm.start(leecher, "leecher", place);
  await swarm.arrived(place, leecher, PATIENCE_MS);
}
