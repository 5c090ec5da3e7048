// Which trackers are asked over which family of addresses (BEP 7), and what is told of those that fail, in virtual time.
import { ClosedError, VirtualClock } from "@socketlab/core";
import { expect, test } from "vitest";
import { Announcers, type AnnouncersOptions } from "../../src/peer/announcers.ts";
import { placesOf } from "../../src/peer/places.ts";
import type { announce } from "../../src/tracker/client/announce.ts";

const MINUTE = 60_000;
const NAME = "udp://tracker.example:1";

/** A peer that listens at `hosts`, and what its trackers hear: `4 NAME started key`. */
class World {
  readonly clock = new VirtualClock(0);
  readonly heard: string[] = [];
  readonly keys = new Set<number | undefined>();
  /** Tracker and family. */
  readonly down = new Set<string>();
  readonly told: string[] = [];
  readonly announcers: Announcers;

  constructor(hosts: string[], trackers: string[], options: Partial<AnnouncersOptions> = {}) {
    this.announcers = new Announcers({
      infoHash: new Uint8Array(20),
      peerId: new Uint8Array(20),
      places: placesOf(hosts.map((host, at) => ({ transport: "tcp", host, port: 6881 + at, path: "" }))),
      trackers: [trackers],
      isPrivate: false,
      progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
      clock: this.clock,
      onPeers: () => {},
      onSwitch: () => {},
      onFailed: (url) => void this.told.push(url),
      announce: this.#announce,
      ...options,
    });
    this.announcers.start();
  }

  readonly #announce: typeof announce = async (url, { port, key, event }, options) => {
    const { family, localHost } = options!;
    this.heard.push([family ?? "any", url, port, localHost ?? "-", event ?? "-"].join(" "));
    this.keys.add(key);
    if (this.down.has(`${url} ${family}`)) throw new ClosedError("refused", "nobody is there");
    return { intervalMs: 30 * MINUTE, peers: [] };
  };

  async after(minutes: number): Promise<string[]> {
    await this.clock.advance(minutes * MINUTE);
    return this.heard.splice(0).toSorted();
  }
}

test("who listens in both families is announced in both, as the same peer, and leaves in both", async () => {
  const world = new World(["::"], [NAME]);
  expect(await world.after(1)).toEqual([`4 ${NAME} 6881 - started`, `6 ${NAME} 6881 - started`]);
  await world.clock.run(world.announcers.stop());
  expect(await world.after(1)).toEqual([`4 ${NAME} 6881 - stopped`, `6 ${NAME} 6881 - stopped`]);
  expect([...world.keys]).toEqual([expect.any(Number)]);
});

test("each time it is another peer's key", async () => {
  const worlds = [new World(["::"], [NAME]), new World(["::"], [NAME])];
  for (const world of worlds) await world.after(1);
  expect(new Set(worlds.flatMap(({ keys }) => [...keys])).size).toBe(2);
});

test("in each family the port is told at which it listens there, from the address that others know", async () => {
  const world = new World(["192.0.2.1", "2001:db8::1"], [NAME]);
  expect(await world.after(1)).toEqual([
    `4 ${NAME} 6881 192.0.2.1 started`,
    `6 ${NAME} 6882 2001:db8::1 started`,
  ]);
});

test("a tracker's address is asked in its own family alone", async () => {
  const world = new World(["::"], ["udp://192.0.2.9:1", "http://[2001:db8::9]:1/announce"]);
  expect(await world.after(1)).toEqual([
    "4 udp://192.0.2.9:1 6881 - started",
    "6 http://[2001:db8::9]:1/announce 6881 - started",
  ]);
});

test("whoever listens in one family alone leaves none of its trackers out", async () => {
  for (const url of ["udp://192.0.2.9:1", "http://[2001:db8::9]:1/announce"])
    for (const host of ["0.0.0.0", "2001:db8::1"]) {
      const [told = ""] = await new World([host], [url]).after(1);
      expect(told).toContain(`any ${url} 6881`);
    }
});

test("a private torrent is announced once: to one tracker at a time (BEP 27)", async () => {
  const world = new World(["::"], [NAME], { isPrivate: true });
  expect(await world.after(1)).toEqual([`any ${NAME} 6881 - started`]);
});

test("a tracker that answers in one family is not told to be down; when it does in none, once", async () => {
  const world = new World(["::"], [NAME]);
  world.down.add(`${NAME} 6`);
  await world.after(200);
  expect(world.told).toEqual([]);
  world.down.add(`${NAME} 4`);
  await world.after(200);
  expect(world.told).toEqual([NAME]);
  world.down.delete(`${NAME} 4`);
  await world.after(60);
  world.down.add(`${NAME} 4`);
  await world.after(200);
  expect(world.told).toEqual([NAME, NAME]);
});
