// Our peer as a seed among hostile ones: whoever breaks the rules is dropped, memory is bounded, and others are served meanwhile.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { seededRandom } from "@socketlab/core";
import { faults } from "../conformance/peer/input-checks.ts";
import type { Subject } from "../conformance/peer/subject.ts";
import { newPeerId, Visitor } from "../conformance/peer/visitor.ts";
import { id, message, PROTOCOL, reservedBytes } from "../conformance/peer/wire.ts";
import { memoryOf, startSeed, visit, whileOthersFetch } from "./p2p/hostile.ts";

vi.setConfig({ testTimeout: 90_000 });
const MIB = 2 ** 20;
/** What ours calls its extensions. */
const NUMBERS = { ut_pex: 1, ut_metadata: 2, lt_donthave: 3 };
let seed: Subject;
beforeAll(async () => {
  seed = await startSeed();
  const one = await visit(seed);
  const numbers = (await one.extensions()).get("m");
  expect(numbers instanceof Map && Object.fromEntries(numbers)).toEqual(NUMBERS);
  one.wire.close();
});
afterAll(async () => {
  await seed.stop("SIGINT");
  // Nothing was thrown where nobody caught it.
  expect(seed.output).not.toMatch(/unhandled|at .*\.ts:\d+/iu);
  await seed[Symbol.asyncDispose]();
});

/** What breaks no rule that a peer must keep: it may go on. */
const tolerated = new Set([
  "a bitfield that comes late", // aria2 sends one in place of many have
  "two bitfields",
  "a reject of what was not asked for",
  "a reject beyond",
  "a cancel beyond",
  "allowed fast beyond",
  "a suggestion beyond",
  "an extension handshake with an m that is no dictionary",
  "an extension handshake with a metadata_size of 4 GiB",
]);

test.each(Object.entries(faults))(
  "%s: whoever sends it is dropped, others are served",
  async (what, bytes) => {
    await whileOthersFetch(seed, async () => {
      const bad = await visit(seed);
      bad.wire.write(bytes(bad));
      expect(await bad.wire.ends(tolerated.has(what) ? 300 : 5000)).toBe(
        !tolerated.has(what) || bad.wire.isOver,
      );
      bad.wire.close();
    });
  },
);

test("whoever does not end a handshake within 10 s is dropped, at whatever pace it comes", async () => {
  const handshake = Buffer.concat([PROTOCOL, reservedBytes(), seed.torrent.infoHash, newPeerId()]);
  await whileOthersFetch(seed, async () => {
    const [idle, slow] = [await Visitor.dial(seed, 20_000), await Visitor.dial(seed, 20_000)];
    const startMs = performance.now();
    for (const byte of handshake) {
      slow.wire.write(Buffer.from([byte]));
      if (await slow.wire.ends(300)) break;
    }
    expect([slow.wire.isOver, await idle.wire.ends(3000)]).toEqual([true, true]);
    expect(performance.now() - startMs).toBeLessThan(14_000);
  });
});

/** From one who reads nothing of what it is answered. */
const floods: Record<
  string,
  { readonly count: number; readonly bytes: (n: number) => Buffer; readonly first?: Buffer }
> = {
  "requests, unchoked": {
    count: 100_000,
    bytes: (n) => message(id.request, n % 20, 0, 16_384),
    first: message(id.interested),
  },
  "requests, choked": { count: 4_000_000, bytes: (n) => message(id.request, n % 20, 0, 16_384) },
  "requests and their cancels": {
    count: 200_000,
    bytes: (n) => Buffer.concat([message(id.request, n % 20, 0, 1), message(id.cancel, n % 20, 0, 1)]),
    first: message(id.interested),
  },
  "interest that comes and goes": {
    count: 300_000,
    bytes: () => Buffer.concat([message(id.interested), message(id.notInterested)]),
  },
  "requests for metadata": {
    count: 100_000,
    bytes: () =>
      message(id.extended, Buffer.from([NUMBERS.ut_metadata]), Buffer.from("d8:msg_typei0e5:piecei0ee")),
    first: message(id.extended, Buffer.from("\0d1:md11:ut_metadatai3eee")),
  },
  "extension handshakes": {
    count: 20_000,
    bytes: (n) => message(id.extended, Buffer.from(`\0d1:md6:ut_pexi${1 + (n % 9)}eee`)),
  },
  "have messages": { count: 1_000_000, bytes: (n) => message(id.have, n % 20) },
  "keep-alives": { count: 2_000_000, bytes: () => Buffer.alloc(4) },
  "unknown messages": { count: 300_000, bytes: (n) => message(100 + (n % 100), n) },
};

test.each(Object.entries(floods))(
  "a flood of %s whose answers nobody reads: memory is bounded, others are served",
  async (_what, { count, bytes, first }) => {
    const { grownBytes } = await whileOthersFetch(seed, async () => {
      const bad = await visit(seed);
      bad.wire.socket.pause();
      if (first !== undefined) bad.wire.write(first);
      const batches = Array.from({ length: 100 }, (_, batch) =>
        Buffer.concat(Array.from({ length: 1000 }, (_unused, n) => bytes(batch * 1000 + n))),
      );
      const untilMs = performance.now() + 8000;
      for (
        let sent = 0;
        sent < count && performance.now() < untilMs && !bad.wire.socket.destroyed;
        sent += 1000
      ) {
        const batch = batches[(sent / 1000) % 100]!;
        if (bad.wire.socket.write(batch)) await delay(0);
        else
          await Promise.race([new Promise((resolve) => bad.wire.socket.once("drain", resolve)), delay(2000)]);
      }
      await delay(500);
      bad.wire.close();
    });
    expect(grownBytes).toBeLessThan(120 * MIB);
  },
);

const extended = (number: number, payload: string | Uint8Array): Buffer =>
  message(id.extended, Buffer.from([number]), Buffer.from(payload));
const thousands: Record<string, (n: number) => Buffer> = {
  handshakes: (n) => extended(0, `d1:md6:ut_pexi${1 + (n % 9)}eee`),
  "messages of no extension": (n) => extended(50 + (n % 200), "de"),
  "requests for metadata": (n) => extended(NUMBERS.ut_metadata, `d8:msg_typei0e5:piecei${n}ee`),
  "peers of peers": () => extended(NUMBERS.ut_pex, "d5:added6:\u0001\u0001\u0001\u0001\u0001\u0001e"),
  "pieces that are gone": (n) => extended(NUMBERS.lt_donthave, Buffer.from([0, 0, 0, n % 20])),
};

test.each(Object.entries(thousands))(
  "a thousand extension messages (%s) are too many: whoever sends them is hung up on, others are served",
  async (_what, bytes) => {
    await whileOthersFetch(seed, async () => {
      const bad = await visit(seed);
      for (let n = 0; n < 1000; n++) bad.wire.write(bytes(n));
      expect(await bad.wire.ends(5000)).toBe(true);
      // It is not banned for that: it has told no lie.
      (await (await visit(seed, bad.host)).unchoked()).wire.close();
    });
  },
);

test("a request that comes byte by byte is answered, and holds nobody up", async () => {
  await whileOthersFetch(seed, async () => {
    const slow = await (await visit(seed)).unchoked();
    const [part] = seed.torrent.blocksOf(2);
    for (const byte of message(id.request, part!.piece, part!.begin, part!.length)) {
      slow.wire.write(Buffer.from([byte]));
      await delay(100);
    }
    await slow.fetched(part!);
    slow.wire.close();
  });
});

test("any bytes behind a handshake: it is hung up on or ignored, and others are served", async () => {
  const random = seededRandom(1);
  const below = (bound: number): number => Math.floor(random() * bound);
  const valid = (n: number): Buffer => {
    const all = Object.values(faults);
    const visitor = { torrent: seed.torrent } as Visitor;
    return n % 2 === 0
      ? all[below(all.length)]!(visitor)
      : message(below(21), below(25), below(40_000), below(20_000));
  };
  await whileOthersFetch(seed, async () => {
    for (let n = 0; n < 150; n++) {
      const bad = await visit(seed);
      const bytes = Buffer.concat(Array.from({ length: 1 + below(8) }, () => valid(n)));
      for (let changes = below(4); changes > 0; changes--) bytes[below(bytes.length)] = below(256);
      bad.wire.write(bytes.subarray(0, 1 + below(bytes.length)));
      if (n % 10 === 0) await delay(20);
      bad.wire.close();
    }
  });
});

test("twenty who ask for everything and read nothing: memory is bounded, others are served", async () => {
  const { grownBytes } = await whileOthersFetch(seed, async () => {
    const all = [];
    for (let n = 0; n < 20; n++) all.push(await visit(seed));
    for (const bad of all) {
      bad.wire.socket.pause();
      bad.wire.send(id.interested);
      for (let times = 0; times < 100; times++) bad.ask(...seed.torrent.blocks);
    }
    await delay(4000);
    for (const bad of all) bad.wire.close();
  });
  expect(grownBytes).toBeLessThan(120 * MIB);
});

test("300 connections from one address keep nobody from another one out", async () => {
  const all: Visitor[] = [];
  await whileOthersFetch(seed, async () => {
    for (let n = 0; n < 300; n++) {
      const bad = await Visitor.dial(seed, 5000, "127.0.8.8").catch(() => undefined);
      if (bad === undefined) continue;
      all.push(bad);
      bad.wire.sendHandshake(seed.torrent.infoHash, newPeerId());
    }
    await delay(300);
    const other = await (await visit(seed)).unchoked();
    await other.fetch(seed.torrent.blocksOf(0)[0]!);
    other.wire.close();
  });
  for (const { wire } of all) wire.close();
});

test("after all that it is as small as before, or nearly, and nobody has been forgotten", async () => {
  await delay(1000);
  expect(memoryOf(seed)).toBeLessThan(350 * MIB);
  const all = [];
  for (let n = 0; n < 5; n++) all.push(await (await visit(seed)).unchoked());
  for (const one of all) await one.fetch(seed.torrent.blocksOf(3)[0]!);
  for (const { wire } of all) wire.close();
});
