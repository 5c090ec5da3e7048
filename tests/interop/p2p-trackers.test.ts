// Our peers at a tracker that we did not write: over HTTP and over UDP they find each other there, are counted, and leave.
import { freePort, killRunning, needs, openLoopback } from "@socketlab/core/test-kit";
import { afterAll, describe, expect, test } from "vitest";
import { aria2, ours } from "./p2p/clients.ts";
import { OpenTracker } from "./p2p/opentracker.ts";
import { TestSwarm } from "./p2p/swarm.ts";

const PATIENCE_MS = 60_000;

afterAll(killRunning);

describe("opentracker", { ...needs("opentracker"), concurrent: true, timeout: 2 * PATIENCE_MS }, () => {
  test.each(["http", "udp"] as const)(
    "over %s ours find each other, are counted, and leave",
    async (over) => {
      const site = openLoopback();
      const port = await freePort();
      const trackerUrl = OpenTracker.url(over, site.ip4, port);
      await using swarm = await TestSwarm.made(site, { kind: "folder", trackerUrl });
      await using tracker = await OpenTracker.started(over, site.ip4, port, swarm.infoHash);
      const counts = expect.poll(() => tracker.counts(), { timeout: PATIENCE_MS, interval: 500 });
      const seed = await swarm.start(ours, "seed", swarm.place("IPv4"));
      await counts.toMatchObject({ seeds: 1, leechers: 0 });
      const place = swarm.place("IPv4", { magnet: swarm.magnet });
      const leecher = await swarm.start(ours, "leecher", place);
      await swarm.arrived(place, ours, PATIENCE_MS);
      await counts.toMatchObject({ seeds: 2, leechers: 0, completed: 1 });
      await Promise.all([seed, leecher].map((each) => each.stop("SIGINT")));
      await counts.toMatchObject({ seeds: 0, leechers: 0 });
    },
  );

  test("ours and aria2 find each other", needs("aria2"), async () => {
    const site = openLoopback();
    const port = await freePort();
    const trackerUrl = OpenTracker.url("http", site.ip4, port);
    await using swarm = await TestSwarm.made(site, { kind: "file", trackerUrl });
    await using tracker = await OpenTracker.started("http", site.ip4, port, swarm.infoHash);
    await swarm.start(aria2, "seed", swarm.place("IPv4"));
    await expect.poll(() => tracker.counts(), { timeout: PATIENCE_MS }).toMatchObject({ seeds: 1 });
    const place = swarm.place("IPv4");
    await swarm.start(ours, "leecher", place);
    await swarm.arrived(place, ours, PATIENCE_MS);
  });

  test("what it does not serve is said with its reason", async () => {
    const site = openLoopback();
    const port = await freePort();
    const trackerUrl = OpenTracker.url("http", site.ip4, port);
    await using swarm = await TestSwarm.made(site, { kind: "file", trackerUrl });
    await using _tracker = await OpenTracker.started("http", site.ip4, port, "0".repeat(40));
    const seed = await swarm.start(ours, "seed", swarm.place("IPv4"));
    await seed.says(/not authorized for use with this tracker/);
  });
});
