// Our peer as a leecher among hostile ones: the file is right in the end, and about as soon; who lies is found, banned, and no other.
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, test, vi } from "vitest";
import { Giver, type GiverOptions } from "../conformance/peer/giver.ts";
import { faults } from "../conformance/peer/input-checks.ts";
import { corrupt } from "../conformance/peer/keeping-checks.ts";
import type { Subject } from "../conformance/peer/subject.ts";
import { PIECE_BYTES, Torrent } from "../conformance/peer/torrent.ts";
import { id, message } from "../conformance/peer/wire.ts";
import { memoryOf, startLeecher, visit } from "./p2p/hostile.ts";

vi.setConfig({ testTimeout: 90_000 });
const MIB = 2 ** 20;
const TIMEOUT_MS = 20_000;
const torrent = new Torrent({ size: 128 * PIECE_BYTES + 5 });
/** So that there is time for what is bad. */
const honestly: GiverOptions = { delayMs: 40 };

/** A leecher, two honest peers that have everything, and what is bad; the file must be right. @returns how long that took. */
async function getAmid(bad: (subject: Subject) => Promise<void>): Promise<number> {
  await using subject = await startLeecher(torrent);
  const honest = [
    await Giver.visit(subject, TIMEOUT_MS, honestly),
    await Giver.visit(subject, TIMEOUT_MS, honestly),
  ];
  const sinceMs = performance.now();
  const over = bad(subject);
  expect(await subject.hasAll(60_000)).toBe(true);
  const tookMs = performance.now() - sinceMs;
  await over;
  // Nobody who was honest is banned.
  for (const { host } of honest) (await (await visit(subject, host)).unchoked()).wire.close();
  await subject.stop("SIGINT");
  expect(subject.output).not.toMatch(/unhandled|at .*\.ts:\d+/iu);
  for (const { wire } of honest) wire.close();
  return tookMs;
}

const giverTo = (subject: Subject, options: GiverOptions): Promise<Giver> =>
  Giver.visit(subject, TIMEOUT_MS, options);

/** Of what it took without anybody bad, on a machine that may be busy with something else by now. */
const aboutAsSoon = (): number => 3 * baselineMs + 5000;
let baselineMs = 0;
beforeAll(async () => void (baselineMs = await getAmid(async () => {})));

test("whoever sends wrong blocks is dropped, and when it comes back is not asked again", async () => {
  const host = "127.0.7.1";
  const answer = (part: Parameters<typeof corrupt>[1]): Buffer => corrupt(torrent, part);
  const tookMs = await getAmid(async (subject) => {
    const liar = await giverTo(subject, { host, answer });
    expect(await liar.wire.ends()).toBe(true);
    const again = await giverTo(subject, { host, answer }).catch(() => undefined);
    await again?.wire.ends(1000);
    expect(again?.requests ?? []).toEqual([]);
  });
  expect(tookMs).toBeLessThan(aboutAsSoon());
});

test("whoever sends one wrong block among many right ones is found, too", async () => {
  await getAmid(async (subject) => {
    const liar = await giverTo(subject, {
      delayMs: 10,
      answer: (part) =>
        part.begin === 0 && part.piece % 8 === 3 ? corrupt(torrent, part) : torrent.bytesOf(part),
    });
    expect(await liar.wire.ends()).toBe(true);
  });
});

test("ten who have everything and send nothing hold it up little", async () => {
  const tookMs = await getAmid(async (subject) => {
    for (let n = 0; n < 10; n++) await giverTo(subject, { answer: () => undefined });
  });
  // They are given ten seconds to send what the others would have sent.
  expect(tookMs).toBeLessThan(aboutAsSoon() + 12_000);
});

const wrongAnswers: Record<string, GiverOptions["answer"]> = {
  "a block that is too short": (part) => torrent.bytesOf(part).subarray(1),
  "a block that is too long": (part) => Buffer.concat([torrent.bytesOf(part), Buffer.alloc(1)]),
  "an empty block": () => Buffer.alloc(0),
  "another block than was asked for": (part, { wire }) => {
    wire.send(id.piece, part.piece ^ 1, part.begin, torrent.bytesOf({ ...part, piece: part.piece ^ 1 }));
    return undefined;
  },
  "a block between two": (part, { wire }) => {
    wire.send(id.piece, part.piece, part.begin + 1, torrent.bytesOf(part));
    return undefined;
  },
  "each block a hundred times": (part, { wire }) => {
    for (let n = 0; n < 100; n++) wire.send(id.piece, part.piece, part.begin, torrent.bytesOf(part));
    return undefined;
  },
};

test.each(Object.entries(wrongAnswers))("whoever sends %s is dropped", async (_what, answer) => {
  await getAmid(async (subject) => {
    const bad = await giverTo(subject, { answer: answer! });
    expect(await bad.wire.ends()).toBe(true);
  });
});

test("one who rejects everything, for ever, is not asked for ever", async () => {
  let asked = 0;
  const tookMs = await getAmid(async (subject) => {
    const bad = await giverTo(subject, { answer: () => "reject" });
    await delay(3000);
    asked = bad.requests.length;
    bad.wire.close();
  });
  expect(asked).toBeLessThan(20_000);
  expect(tookMs).toBeLessThan(aboutAsSoon());
});

test("all who break the rules in other ways, at the same time, spoil nothing", async () => {
  const tookMs = await getAmid(async (subject) => {
    for (const bytes of Object.values(faults)) {
      const bad = await visit(subject);
      bad.wire.write(bytes(bad));
    }
  });
  expect(tookMs).toBeLessThan(aboutAsSoon());
});

const floods: Record<string, (n: number) => Buffer> = {
  "have messages": (n) => message(id.have, n % 128),
  suggestions: (n) => message(id.suggest, n % 128),
  "allowed fast messages": (n) => message(id.allowedFast, n % 128),
  "rejects of nothing": (n) => message(id.reject, n % 128, 0, 16_384),
  "chokes and unchokes": (n) => message(n % 2 === 0 ? id.choke : id.unchoke),
  "peers of peers": (n) =>
    message(
      id.extended,
      Buffer.from([1]),
      Buffer.from("d5:added300:"),
      Buffer.alloc(300, 1 + (n % 250)),
      Buffer.from("e"),
    ),
};

test.each(Object.entries(floods))(
  "a flood of %s holds it up little, in bounded memory",
  async (_what, bytes) => {
    let grownBytes = 0;
    const tookMs = await getAmid(async (subject) => {
      const before = memoryOf(subject);
      const bad = await visit(subject);
      bad.wire.send(id.haveAll);
      bad.wire.send(id.extended, Buffer.from("\0d1:md6:ut_pexi1eee"));
      const batch = Buffer.concat(Array.from({ length: 1000 }, (_, n) => bytes(n)));
      const untilMs = performance.now() + 2000;
      while (performance.now() < untilMs && !bad.wire.isOver) {
        if (bad.wire.socket.write(batch)) await delay(0);
        else
          await Promise.race([new Promise((resolve) => bad.wire.socket.once("drain", resolve)), delay(500)]);
        grownBytes = Math.max(grownBytes, memoryOf(subject) - before);
      }
      bad.wire.close();
    });
    expect(tookMs).toBeLessThan(aboutAsSoon());
    expect(grownBytes).toBeLessThan(120 * MIB);
  },
);
