// What our peer owes to whom it talks with, as time passes: signs of life, an answer to each request, no gossip. In virtual time.
import { describe, expect, test } from "vitest";
import { encodeExtensionHandshake } from "../../src/extensions/handshake.ts";
import { decodePex, encodePex } from "../../src/extensions/pex.ts";
import type { PeerMessage } from "../../src/protocol.ts";
import { imaginedContent, imaginedInfo } from "../../src/simulation/imagined.ts";
import { Scene, type Member } from "../../src/simulation/scene.ts";
import { Caller } from "./caller.ts";

const KIB = 1024;
const MINUTE = 60_000;
const info = imaginedInfo(100 * 64 * KIB, 64 * KIB);
const OUR_PEX = 7;

const sceneOf = (slots?: number): Scene => new Scene({ info, seed: 1, degree: 50, slots });
const seedOf = (scene: Scene, uploadRate = 1024 * KIB): Promise<Member> =>
  scene.join({ content: imaginedContent(info, true), uploadRate });
const call = (scene: Scene, { address }: Member, host: string, isFast = true): Promise<Caller> =>
  Caller.dial(address, { network: scene.network, infoHash: info.infoHash, host, isFast });

/** Says something every so often, as long as the scene lasts. */
function repeat({ clock }: Scene, everyMs: number, act: () => void): void {
  clock.after(everyMs, () => {
    act();
    repeat({ clock } as Scene, everyMs, act);
  });
}

describe("silence", () => {
  test("whoever says nothing for two and a half minutes is hung up on, whatever it was asked or told", async () => {
    const scene = sceneOf();
    // So slow that the leecher has not got all from it in time.
    const seed = await seedOf(scene, KIB);
    const leecher = await scene.join({ content: imaginedContent(info, false), uploadRate: KIB });
    const mute = await call(scene, seed, "10.9.0.1");
    const asks = await call(scene, seed, "10.9.0.2");
    asks.say({ type: "interested" });
    for (let piece = 0; piece < 5; piece++) asks.say({ type: "request", piece, begin: 0, length: 16 * KIB });
    const owes = await call(scene, leecher, "10.9.0.3");
    for (const type of ["haveAll", "unchoke"] as const) owes.say({ type });
    await scene.clock.advance(10 * MINUTE);
    for (const { endedMs } of [mute, asks, owes]) {
      expect(endedMs).toBeGreaterThan(149_000);
      expect(endedMs).toBeLessThan(155_000);
    }
  });

  test("a sign of life every two minutes is enough, and we give them as often", async () => {
    const scene = sceneOf();
    const quiet = await call(scene, await seedOf(scene), "10.9.0.1");
    repeat(scene, 2 * MINUTE, () => quiet.say({ type: "keepAlive" }));
    await scene.clock.advance(30 * MINUTE);
    expect(quiet.endedMs).toBeUndefined();
    const times = [0, ...quiet.heard.map(({ atMs }) => atMs), 30 * MINUTE];
    expect(Math.max(...times.slice(1).map((atMs, at) => atMs - times[at]!))).toBeLessThan(2 * MINUTE);
    expect(quiet.of("keepAlive").length).toBeLessThan(20);
  });

  test("whoever is sent something is not sent signs of life besides", async () => {
    const scene = sceneOf();
    const busy = await call(scene, await seedOf(scene), "10.9.0.1");
    busy.say({ type: "interested" });
    repeat(scene, 50_000, () => busy.say({ type: "request", piece: 0, begin: 0, length: 1 }));
    await scene.clock.advance(10 * MINUTE);
    expect(busy.of("piece").length).toBeGreaterThan(10);
    expect(busy.of("keepAlive")).toEqual([]);
  });
});

describe("what waits when the choke comes", () => {
  /** One that asks for much of a slow seed with one slot, until somebody else has it. */
  async function choked(isFast: boolean): Promise<{ scene: Scene; first: Caller; asked: number }> {
    const scene = sceneOf(1);
    const seed = await seedOf(scene, 32 * KIB);
    const first = await call(scene, seed, "10.9.0.1", isFast);
    first.say({ type: "interested" });
    await scene.clock.advance(1000);
    let asked = 0;
    for (let piece = 0; piece < 100; piece++)
      for (let begin = 0; begin < 64 * KIB; begin += 16 * KIB, asked++)
        first.say({ type: "request", piece, begin, length: 16 * KIB });
    const second = await call(scene, seed, "10.9.0.2");
    second.say({ type: "interested" });
    for (const caller of [first, second]) repeat(scene, MINUTE, () => caller.say({ type: "keepAlive" }));
    for (let seconds = 0; first.of("choke").length === 0 && seconds < 600; seconds++)
      await scene.clock.advance(1000);
    expect(first.of("choke")).toHaveLength(1);
    return { scene, first, asked };
  }

  const nameOf = ({ piece, begin }: { piece: number; begin: number }): string => `${piece} ${begin}`;

  test("is rejected, each once (BEP 6)", async () => {
    const { scene, first, asked } = await choked(true);
    await scene.clock.advance(5000);
    const answers = [...first.of("piece"), ...first.of("reject")].map(nameOf);
    expect(first.of("piece").length).toBeGreaterThan(10);
    expect(first.of("reject").length).toBeGreaterThan(100);
    expect(answers).toHaveLength(asked);
    expect(new Set(answers).size).toBe(asked);
  });

  test("is forgotten (BEP 3), and not sent after the next unchoke either", async () => {
    const { scene, first } = await choked(false);
    await scene.clock.advance(3000);
    const before = first.of("piece").length;
    for (let seconds = 0; first.of("unchoke").length < 2 && seconds < 600; seconds++)
      await scene.clock.advance(1000);
    expect(first.of("unchoke").length).toBeGreaterThanOrEqual(2);
    await scene.clock.advance(20_000);
    expect(first.of("piece")).toHaveLength(before);
    expect(first.of("reject")).toEqual([]);
    first.say({ type: "request", piece: 99, begin: 0, length: 16 * KIB });
    await scene.clock.advance(5000);
    expect(first.of("piece").at(-1)).toMatchObject({ piece: 99, begin: 0 });
  });
});

test.for([
  ["a leecher lets eight ask at a time", false, 8],
  ["a seed sixteen", true, 16],
] as const)("%s", async ([, isSeed, slots]) => {
  const scene = sceneOf();
  const content = imaginedContent(info, isSeed);
  content.verified.set(0);
  const member = await scene.join({ content, uploadRate: KIB });
  const callers = Array.from({ length: 20 }, (_, n) => call(scene, member, `10.9.1.${n}`));
  for (const caller of await Promise.all(callers)) caller.say({ type: "interested" });
  await scene.clock.advance(5000);
  const unchoked = (await Promise.all(callers)).filter((caller) => caller.of("unchoke").length > 0);
  expect(unchoked).toHaveLength(slots);
});

describe("peer exchange (BEP 11)", () => {
  type Heard = { readonly atMs: number; readonly added: string[]; readonly dropped: string[] };

  const heardBy = (caller: Caller): Heard[] =>
    caller.heard.flatMap(({ message, atMs }) => {
      if (message.type !== "extended" || message.extension !== OUR_PEX) return [];
      const { added, dropped } = decodePex(message.payload);
      const nameIn = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`;
      return [{ atMs, added: added.map(nameIn), dropped: dropped.map(nameIn) }];
    });

  const introduction = (port?: number): PeerMessage => ({
    type: "extended",
    extension: 0,
    payload: encodeExtensionHandshake({ ids: { ut_pex: OUR_PEX }, port }),
  });

  test("we tell no more than once a minute, of those to whom we are connected and of no others", async () => {
    const scene = sceneOf();
    const seed = await seedOf(scene);
    const listener = await call(scene, seed, "10.9.0.1");
    listener.say(introduction());
    repeat(scene, MINUTE, () => listener.say({ type: "keepAlive" }));
    /** Who has been connected, from when to when, by where it listens. */
    const visits = new Map<string, [fromMs: number, untilMs: number]>();
    for (let n = 1; n <= 60; n++) {
      const fromMs = scene.clock.now();
      const visitor = await call(scene, seed, `10.9.1.${n}`);
      // Every third does not say where it listens: so nobody else is to be sent there.
      if (n % 3 > 0) visitor.say(introduction(7000 + n));
      else visitor.say(introduction());
      const lastsMs = 1000 * (5 + ((n * 37) % 140));
      visits.set(`10.9.1.${n}:${7000 + n}`, [fromMs, fromMs + lastsMs]);
      scene.clock.after(lastsMs, () => visitor.socket.abort(new Error("it leaves")));
      await scene.clock.advance(7000);
    }
    await scene.clock.advance(5 * MINUTE);
    const heard = heardBy(listener);
    expect(heard.length).toBeGreaterThan(5);
    for (const [index, { atMs, added, dropped }] of heard.entries()) {
      if (index > 0) expect(atMs - heard[index - 1]!.atMs).toBeGreaterThanOrEqual(MINUTE);
      for (const name of added) {
        const [fromMs, untilMs] = visits.get(name)!;
        expect([atMs >= fromMs, atMs <= untilMs + 1000]).toEqual([true, true]);
      }
      for (const name of dropped) expect(atMs).toBeGreaterThanOrEqual(visits.get(name)![1]);
    }
    const known = new Set<string>();
    for (const { added, dropped } of heard) {
      for (const name of added) known.add(name);
      for (const name of dropped) expect(known.delete(name)).toBe(true);
    }
    // All have gone by now.
    expect([...known]).toEqual([]);
    const told = heard.flatMap(({ added }) => added);
    expect(told.length).toBeGreaterThan(20);
    expect(told.filter((name) => Number(name.split(":")[1]) % 3 === 7000 % 3)).toEqual([]);
  });

  test("whoever has not asked for it is told nothing", async () => {
    const scene = sceneOf();
    const seed = await seedOf(scene);
    const plain = await call(scene, seed, "10.9.0.1");
    (await call(scene, seed, "10.9.0.2")).say(introduction(7000));
    await scene.clock.advance(2 * MINUTE);
    expect(heardBy(plain)).toEqual([]);
  });

  test("whoever tells all the time is heard a few times, and then hung up on; once a minute is no fault", async () => {
    const scene = sceneOf();
    const seed = await seedOf(scene);
    const message = encodePex({ added: [{ host: "10.9.9.9", port: 1, flags: 0 }], dropped: [] });
    const [fair, flooding] = [await call(scene, seed, "10.9.0.1"), await call(scene, seed, "10.9.0.2")];
    await scene.clock.advance(1000);
    repeat(scene, MINUTE, () => fair.sayExtended("ut_pex", message));
    repeat(scene, 1000, () => {
      if (flooding.endedMs === undefined) flooding.sayExtended("ut_pex", message);
    });
    await scene.clock.advance(30 * MINUTE);
    expect([fair.endedMs, flooding.endedMs]).toEqual([undefined, expect.any(Number)]);
    expect(flooding.endedMs).toBeLessThan(MINUTE);
  });
});
