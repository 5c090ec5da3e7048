// Holds a tracker's swarms to their promises: who is told of whom, who is forgotten, and what nobody can do to others.
import { seededRandom } from "@socketlab/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnnounceRequest } from "../../src/tracker/messages.ts";
import { sample } from "../../src/tracker/sample.ts";
import { StoreError } from "../../src/tracker/server/store.ts";
import { Swarms, type SwarmLimits } from "../../src/tracker/server/swarms.ts";
import { hash, request } from "./wire.ts";

const EXPIRY_MS = 1000;
const TORRENT = "01".repeat(20);

/** Swarms whose time the test sets. */
class Hall {
  nowMs = 0;
  readonly swarms: Swarms;

  constructor(limits: Partial<SwarmLimits> = {}) {
    const random = seededRandom(7);
    this.swarms = new Swarms({ now: () => this.nowMs, random, expiryMs: EXPIRY_MS, limits });
  }

  /** @returns the ports that it was told of. */
  visit(port: number, changes: Partial<AnnounceRequest> = {}, host = "192.0.2.1", maxPeers = 50): number[] {
    const asked = request({ port, peerId: hash(port % 256), ...changes });
    const { peers } = this.swarms.announce({ host, request: asked, families: [4, 6], maxPeers });
    return peers.map((peer) => peer.port).toSorted((a, b) => a - b);
  }
}

describe("who is told of whom", () => {
  test("everybody of everybody else, and nobody of itself", () => {
    const hall = new Hall();
    expect(hall.visit(1)).toEqual([]);
    expect(hall.visit(2)).toEqual([1]);
    expect(hall.visit(1)).toEqual([2]);
  });

  test("nobody of its own other address", () => {
    const hall = new Hall();
    hall.visit(1, {}, "192.0.2.1");
    expect(hall.visit(1, {}, "2001:db8::1")).toEqual([]);
  });

  test("of another torrent, nobody", () => {
    const hall = new Hall();
    hall.visit(1);
    expect(hall.visit(2, { infoHash: hash(9) })).toEqual([]);
  });

  test("a seed is told of leechers, and of no seeds: they have nothing for it, nor it for them", () => {
    const hall = new Hall();
    hall.visit(1, { left: 0 });
    hall.visit(2, { left: 7 });
    expect(hall.visit(3, { left: 0 })).toEqual([2]);
    expect(hall.visit(2, { left: 7 })).toEqual([1, 3]);
  });

  test("who comes anew is told of seeds, too: with a magnet link alone, aria2 says that nothing is left", () => {
    const hall = new Hall();
    hall.visit(1, { left: 0 });
    expect(hall.visit(2, { left: 0, event: "started" })).toEqual([1]);
  });

  test("nor is one told of seeds that has all that it wants, and it of those (BEP 21)", () => {
    const hall = new Hall();
    hall.visit(1, { left: 0 });
    hall.visit(2, { left: 7, event: "paused" });
    expect(hall.visit(1, { left: 0 })).toEqual([]);
    expect(hall.visit(3, { left: 7 })).toEqual([1, 2]);
    expect(hall.swarms.counts(TORRENT)).toEqual({ seeds: 1, leechers: 2, completed: 0, downloaders: 1 });
  });

  test("only of the families that it can make use of", () => {
    const hall = new Hall();
    hall.visit(1, {}, "192.0.2.1");
    hall.visit(2, {}, "2001:db8::1");
    const visit = { host: "192.0.2.3", request: request({ port: 3, peerId: hash(3) }), maxPeers: 50 };
    expect(hall.swarms.announce({ ...visit, families: [4] }).peers.map(({ port }) => port)).toEqual([1]);
  });

  test("as many as are wanted, each as likely as the next", () => {
    const hall = new Hall();
    for (let port = 1; port <= 20; port++) hall.visit(port);
    const told = new Map<number, number>();
    for (let time = 0; time < 2000; time++) {
      const ports = hall.visit(100, { peerId: hash(200) }, "192.0.2.9", 5);
      expect(new Set(ports).size).toBe(5);
      for (const port of ports) told.set(port, (told.get(port) ?? 0) + 1);
    }
    // 500 each are to be expected; a deviation of 100 is five standard ones.
    for (let port = 1; port <= 20; port++) expect(Math.abs(told.get(port)! - 500)).toBeLessThan(100);
    expect(hall.visit(100, { peerId: hash(200) }, "192.0.2.9", 0)).toEqual([]);
  });

  test("what is chosen at random is different, there, and as many as wanted", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 4 }), fc.nat(60), fc.integer(), (sizes, count, seed) => {
        let next = 0;
        const lists = sizes.map((size) => Array.from({ length: size }, () => next++));
        const chosen = sample(lists, count, seededRandom(seed));
        expect(chosen.length).toBe(Math.min(count, next));
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.every((one) => one >= 0 && one < next)).toBe(true);
      }),
    );
  });
});

describe("who is forgotten", () => {
  test("whoever stops, at once", () => {
    const hall = new Hall();
    hall.visit(1);
    expect(hall.visit(1, { event: "stopped" })).toEqual([]);
    expect(hall.visit(2)).toEqual([]);
    expect(hall.swarms.size).toEqual({ swarms: 1, peers: 1, seeds: 0 });
  });

  test("whoever is silent too long; not whoever is heard of again in time", () => {
    const hall = new Hall();
    hall.visit(1);
    hall.visit(2);
    hall.nowMs = EXPIRY_MS - 1;
    hall.visit(2);
    hall.nowMs = EXPIRY_MS;
    expect(hall.visit(3)).toEqual([2]);
    hall.nowMs = 5 * EXPIRY_MS;
    expect(hall.swarms.counts(TORRENT)).toBeUndefined();
    expect(hall.swarms.size).toEqual({ swarms: 0, peers: 0, seeds: 0 });
  });

  test("whoever stops with port 0, as Transmission does, by its id and key", () => {
    const hall = new Hall();
    hall.visit(1, { key: 5 });
    hall.visit(0, { key: 5, peerId: hash(1), event: "stopped" });
    expect(hall.visit(2)).toEqual([]);
  });

  test("whoever stops with another key each time, as aria2 does over UDP, by its id", () => {
    const hall = new Hall();
    hall.visit(1, { key: 5 });
    hall.visit(1, { key: 6, event: "stopped" });
    expect(hall.visit(2)).toEqual([]);
  });

  test("to stop what is not there is harmless, and leaves nothing behind", () => {
    const hall = new Hall();
    hall.visit(1, { event: "stopped" });
    expect(hall.swarms.counts(TORRENT)).toBeUndefined();
  });
});

test("a leecher that comes to have all of it is counted once, and the count outlives it", () => {
  const hall = new Hall();
  hall.visit(1, { left: 7 });
  hall.visit(1, { left: 0, event: "completed" });
  hall.visit(1, { left: 0, event: "completed" });
  hall.visit(2, { left: 0, event: "completed" });
  expect(hall.swarms.counts(TORRENT)).toEqual({ seeds: 2, leechers: 0, completed: 1, downloaders: 0 });
  hall.nowMs = 5 * EXPIRY_MS;
  expect(hall.swarms.counts(TORRENT)).toEqual({ seeds: 0, leechers: 0, completed: 1, downloaders: 0 });
});

describe("what nobody can do to others", () => {
  test("send away a peer behind the same NAT: neither its key nor its id is known", () => {
    const hall = new Hall();
    hall.visit(1, { key: 5 });
    hall.visit(1, { key: 6, peerId: hash(9), event: "stopped" });
    expect(hall.visit(2)).toEqual([1]);
    hall.visit(1, { key: 5, peerId: hash(9), event: "stopped" });
    expect(hall.visit(2)).toEqual([]);
  });

  test("nor is one sent away by its id alone from another address, or by another port", () => {
    const hall = new Hall();
    hall.visit(1, { key: 5 });
    hall.visit(1, { key: 6, event: "stopped" }, "192.0.2.2");
    hall.visit(0, { key: 6, peerId: hash(1), event: "stopped" });
    expect(hall.visit(2)).toEqual([1]);
  });

  test("take over a peer's entry from another address without its key; with it, the peer has moved", () => {
    const hall = new Hall();
    hall.visit(1, { key: 5 }, "192.0.2.1");
    hall.visit(1, { key: 6 }, "192.0.2.2");
    expect(hall.swarms.size.peers).toBe(2);
    hall.visit(1, { key: 5 }, "192.0.2.3");
    expect([...hall.swarms.entries()].map(({ entry }) => entry.host)).toEqual(["192.0.2.2", "192.0.2.3"]);
  });

  test("fill a swarm from one address, or from one customer's network of IPv6", () => {
    const hall = new Hall({ maxPerAddressAndSwarm: 3 });
    for (const host of ["192.0.2.1", "2001:db8::1"]) {
      for (let port = 1; port <= 3; port++) hall.visit(port, { peerId: hash(port) }, host);
      expect(() => hall.visit(4, {}, host.replace(/::1$/, "::2"))).toThrow(StoreError);
      hall.visit(1, { peerId: hash(1) }, host);
    }
    hall.visit(4, {}, "192.0.2.2");
    hall.visit(4, { peerId: hash(99) }, "2001:db8:0:1::1");
  });

  test("fill the tracker: from one address, with torrents, with peers", () => {
    const one = new Hall({ maxPerAddress: 3 });
    const flood = (hall: Hall, host: (at: number) => string): void => {
      for (let at = 0; at < 10; at++) hall.visit(1, { infoHash: hash(at), peerId: hash(at) }, host(at));
    };
    expect(() => flood(one, () => "192.0.2.1")).toThrow(/announced itself 3 times/);
    expect(one.swarms.size).toMatchObject({ peers: 3, swarms: 3 });
    expect(() => flood(new Hall({ maxSwarms: 4 }), (at) => `192.0.2.${at}`)).toThrow(
      /4 torrents and no room/,
    );
    expect(() => flood(new Hall({ maxPeers: 5 }), (at) => `192.0.2.${at}`)).toThrow(/5 peers and no room/);
  });

  test("a full tracker has room again when somebody has gone, and forgets empty swarms first", () => {
    const hall = new Hall({ maxSwarms: 2 });
    hall.visit(1, { left: 7 });
    hall.visit(1, { left: 0, event: "completed" });
    hall.visit(1, { event: "stopped" });
    hall.visit(1, { infoHash: hash(8) });
    hall.visit(1, { infoHash: hash(9) });
    expect(hall.swarms.counts(TORRENT)).toBeUndefined();
    expect(() => hall.visit(1, { infoHash: hash(10) })).toThrow(StoreError);
    hall.nowMs = EXPIRY_MS;
    hall.visit(1, { infoHash: hash(10) });
  });
});

test("whatever is announced in whatever order, all counts agree", () => {
  const step = fc.record({
    port: fc.integer({ min: 1, max: 4 }),
    host: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1"),
    torrent: fc.integer({ min: 1, max: 3 }),
    key: fc.constantFrom(undefined, 1, 2),
    id: fc.integer({ min: 1, max: 4 }),
    left: fc.constantFrom(0, 5),
    event: fc.constantFrom(
      undefined,
      "started" as const,
      "completed" as const,
      "stopped" as const,
      "paused" as const,
    ),
    waitMs: fc.constantFrom(0, 0, 0, 400),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const hall = new Hall({ maxPerAddressAndSwarm: 3, maxSwarms: 2 });
      for (const { port, host, torrent, id, waitMs, ...rest } of steps) {
        hall.nowMs += waitMs;
        try {
          hall.visit(port, { ...rest, infoHash: hash(torrent), peerId: hash(id) }, host);
        } catch (error) {
          expect(error).toBeInstanceOf(StoreError);
        }
        const entries = [...hall.swarms.entries()];
        const seeds = entries.filter(({ entry }) => entry.isSeed).length;
        const swarms = new Set(entries.map(({ infoHash }) => infoHash));
        expect(hall.swarms.size).toEqual({ swarms: swarms.size, peers: entries.length, seeds });
        for (const infoHash of swarms) {
          const here = entries.filter((each) => each.infoHash === infoHash);
          const counts = hall.swarms.counts(infoHash)!;
          expect(counts.seeds + counts.leechers).toBe(here.length);
          for (const owner of ["192.0.2.1", "192.0.2.2", "2001:db8::1"])
            expect(here.filter(({ entry }) => entry.host === owner).length).toBeLessThanOrEqual(3);
        }
      }
      hall.nowMs += 10 * EXPIRY_MS;
      expect([...hall.swarms.entries()]).toEqual([]);
    }),
  );
});
