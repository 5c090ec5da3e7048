// Of small messages, and of blocks where a limit holds us up, several go at a time; and nobody waits for it. In virtual time.
import { expect, test } from "vitest";
import { imaginedContent, imaginedInfo } from "../../src/simulation/imagined.ts";
import { Scene, type Member } from "../../src/simulation/scene.ts";
import { Caller } from "./caller.ts";

const KIB = 1024;
const BLOCK = 16 * KIB;
const PIECE = 4 * BLOCK;
const info = imaginedInfo(100 * PIECE, PIECE);

const call = ({ network }: Scene, { address }: Member, host: string): Promise<Caller> =>
  Caller.dial(address, { network, infoHash: info.infoHash, host });

const timesOf = (caller: Caller, type: "have" | "piece" | "request"): number[] =>
  caller.heard.filter(({ message }) => message.type === type).map(({ atMs }) => atMs);

const piecesOf = (caller: Caller): number[] => caller.of("have").map(({ piece }) => piece);

/** One that gets eight pieces a second and unchokes nobody, and two who hear of them: one that is interested, and one that is not. */
async function listeners(): Promise<{ scene: Scene; leecher: Member; interested: Caller; other: Caller }> {
  const scene = new Scene({ info, seed: 1, degree: 50 });
  await scene.join({ content: imaginedContent(info, true), uploadRate: 8 * PIECE });
  const leecher = await scene.join({ content: imaginedContent(info, false), uploadRate: KIB, slots: 0 });
  const interested = await call(scene, leecher, "10.9.0.1");
  interested.say({ type: "interested" });
  return { scene, leecher, interested, other: await call(scene, leecher, "10.9.0.2") };
}

test("whoever is interested, and may not ask, hears of our pieces once a second; others at once", async () => {
  const { scene, interested, other } = await listeners();
  await scene.clock.advance(5000);
  expect(new Set(timesOf(interested, "have")).size).toBeLessThanOrEqual(5);
  expect(new Set(timesOf(other, "have")).size).toBeGreaterThan(30);
  const known = piecesOf(other);
  await scene.clock.advance(1000);
  expect(piecesOf(interested)).toEqual(expect.arrayContaining(known));
});

test("and at once when it is not interested any more, for want of what it has not been told", async () => {
  const { scene, interested, other } = await listeners();
  await scene.clock.advance(2900);
  expect(piecesOf(interested).length).toBeLessThan(piecesOf(other).length);
  interested.say({ type: "notInterested" });
  await scene.clock.advance(0);
  expect(piecesOf(interested)).toEqual(piecesOf(other));
});

test("or before it may ask", async () => {
  const scene = new Scene({ info, seed: 1, degree: 50 });
  await scene.join({ content: imaginedContent(info, true), uploadRate: 8 * PIECE });
  const leecher = await scene.join({ content: imaginedContent(info, false), uploadRate: KIB, slots: 1 });
  const [first, second] = [await call(scene, leecher, "10.9.0.1"), await call(scene, leecher, "10.9.0.2")];
  for (const caller of [first, second]) {
    caller.say({ type: "interested" });
    await scene.clock.advance(0);
  }
  await scene.clock.advance(2900);
  expect(piecesOf(second).length).toBeLessThan(piecesOf(first).length);
  const known = piecesOf(first);
  first.socket.abort();
  await scene.clock.advance(0);
  const told = second.heard.map(({ message }) => message.type);
  expect(piecesOf(second)).toEqual(expect.arrayContaining(known));
  expect(told.lastIndexOf("have")).toBeLessThan(told.indexOf("unchoke"));
});

test("whoever has got a piece meanwhile is not told that we have it", async () => {
  const { scene, interested, other } = await listeners();
  other.onMessage = (message) => {
    if (message.type === "have") interested.say(message);
  };
  await scene.clock.advance(5000);
  expect(piecesOf(other).length).toBeGreaterThan(30);
  expect(piecesOf(interested)).toEqual([]);
});

test("nor whoever has not heard of it when it is lost again", async () => {
  const { scene, leecher, interested, other } = await listeners();
  let lost: number | undefined;
  other.onMessage = (message) => {
    if (message.type !== "have" || piecesOf(other).length < 10 || lost !== undefined) return;
    lost = message.piece;
    leecher.swarm.lost(lost, false);
  };
  await scene.clock.advance(5000);
  expect(piecesOf(other)).toContain(lost);
  expect(piecesOf(interested).length).toBeGreaterThan(20);
  expect(piecesOf(interested)).not.toContain(lost);
});

test("where the limit holds us up, a piece's first block leaves as soon as it may, and the rest in one go", async () => {
  const scene = new Scene({ info, seed: 1, degree: 50 });
  const bytesPerMs = (1024 * KIB) / 1000;
  const seed = await scene.join({ content: imaginedContent(info, true), uploadRate: 1024 * KIB });
  const caller = await call(scene, seed, "10.9.0.1");
  caller.say({ type: "interested" });
  for (let piece = 0; piece < 50; piece++)
    for (let begin = 0; begin < PIECE; begin += BLOCK)
      caller.say({ type: "request", piece, begin, length: BLOCK });
  await scene.clock.advance(10_000);
  const times = timesOf(caller, "piece");
  expect(times).toHaveLength(200);
  // No slower than the limit.
  expect(times.at(-1)).toBeLessThan((50 * PIECE) / bytesPerMs + 50);
  // What could go at once is not looked at: a tenth of a second's worth.
  for (let at = 8; at < 200; at += 4) {
    const [beforeMs = 0, firstMs = 0, ...restMs] = times.slice(at - 1, at + 4);
    expect(firstMs - beforeMs).toBeLessThan(BLOCK / bytesPerMs + 2);
    expect(new Set(restMs).size).toBe(1);
  }
});

test("blocks are asked for several at a time, long before those run out that are under way", async () => {
  const scene = new Scene({ info, seed: 1, degree: 50 });
  const leecher = await scene.join({ content: imaginedContent(info, false), uploadRate: KIB });
  const caller = await call(scene, leecher, "10.9.0.1");
  for (const type of ["haveAll", "unchoke"] as const) caller.say({ type });
  await scene.clock.advance(0);
  const asked = caller.of("request");
  expect(asked).toHaveLength(16);
  const underWay: number[] = [];
  for (let sent = 0; sent < 100; sent++) {
    const { piece, begin, length } = caller.of("request")[sent]!;
    caller.say({ type: "piece", piece, begin, block: new Uint8Array(length) });
    await scene.clock.advance(100);
    underWay.push(caller.of("request").length - sent - 1);
  }
  expect(Math.min(...underWay)).toBeGreaterThan(10);
  expect(new Set(timesOf(caller, "request")).size).toBeLessThanOrEqual(1 + 100 / 5);
});
