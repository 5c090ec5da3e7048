// Holds the announcer to what BEP 3, 12, 21 and 27 say of when which tracker is asked, in virtual time.
import { TimeoutError, UsageError, VirtualClock } from "@socketlab/core";
import { describe, expect, test } from "vitest";
import type { announce } from "../../src/tracker/client/announce.ts";
import { Announcer, type AnnouncerOptions } from "../../src/tracker/client/announcer.ts";
import type { AnnounceReply } from "../../src/tracker/messages.ts";
import { hash } from "./wire.ts";

const MINUTE = 60_000;

/** Trackers that answer as the test says, and what they were told. */
class World {
  readonly clock = new VirtualClock(0);
  /** `0 a started`: when, whom, what. */
  readonly told: string[] = [];
  readonly replies = new Map<string, Partial<AnnounceReply> | Error | "silent">();
  readonly announcer: Announcer;
  readonly peers: string[] = [];
  readonly switches: string[] = [];
  isPaused = false;
  /** How many wait for a silent tracker. */
  underway = 0;

  constructor(tiers: string[][], options: Partial<AnnouncerOptions> = {}) {
    this.announcer = new Announcer({
      tiers,
      identity: { infoHash: hash(1), peerId: hash(2), port: 1 },
      progress: () => ({ uploaded: 0, downloaded: 0, left: 0, isPaused: this.isPaused }),
      clock: this.clock,
      // Nothing is shuffled.
      random: () => 0.999,
      announce: this.#announce,
      onPeers: (peers, url) => void this.peers.push(...peers.map(({ port }) => `${port} of ${url}`)),
      onSwitch: (url) => void this.switches.push(url),
      ...options,
    });
  }

  readonly #announce: typeof announce = async (url, { event = "-", trackerId }, options) => {
    this.told.push(
      `${this.clock.now() / MINUTE} ${url} ${event}${trackerId === undefined ? "" : ` ${Buffer.from(trackerId).toString()}`}`,
    );
    const reply = this.replies.get(url) ?? {};
    if (reply instanceof Error) throw reply;
    if (reply === "silent") {
      this.underway++;
      return new Promise<never>((_, reject) => {
        const late = this.clock.after(20_000, () => reject(new TimeoutError("timed-out", "late")));
        options?.signal?.addEventListener("abort", () => {
          late.clear();
          reject(new Error("given up"));
        });
      }).finally(() => this.underway--);
    }
    return { intervalMs: 30 * MINUTE, peers: [], ...reply };
  };

  /** What was said since it was last asked. */
  async after(minutes: number): Promise<string[]> {
    await this.clock.advance(minutes * MINUTE);
    return this.told.splice(0);
  }
}

describe("one tracker", () => {
  test("is told started at once, comes again when it says, and hears stopped at the end", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    expect(await world.after(61)).toEqual(["0 a started", "30 a -", "60 a -"]);
    await world.clock.run(world.announcer.stop());
    expect(await world.after(100)).toEqual(["61 a stopped"]);
  });

  test("that was never told started is not told stopped", async () => {
    const world = new World([["a"]]);
    world.replies.set("a", new TimeoutError("timed-out", "nobody"));
    world.announcer.start();
    await world.after(0);
    await world.clock.run(world.announcer.stop());
    expect(await world.after(100)).toEqual([]);
  });

  test("is told completed at once, and once", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    await world.after(1);
    world.announcer.completed();
    expect(await world.after(31)).toEqual(["1 a completed", "31 a -"]);
  });

  test("is told completed when it answers again, if it did not just then", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    await world.after(1);
    world.replies.set("a", new TimeoutError("timed-out", "nobody"));
    world.announcer.completed();
    await world.after(0.1);
    world.replies.delete("a");
    expect(await world.after(30)).toEqual([expect.stringMatching(/^1\.\d+ a completed$/)]);
  });

  test("is told completed after started, if both come together", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    world.announcer.completed();
    expect(await world.after(1)).toEqual(["0 a started", "0 a completed"]);
  });

  test("is told paused each time by one that has all that it wants (BEP 21)", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    await world.after(1);
    world.isPaused = true;
    expect(await world.after(60)).toEqual(["30 a paused", "60 a paused"]);
  });

  test("is told paused at once, and never completed, when some of it was all that was wanted (BEP 21)", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    await world.after(1);
    world.isPaused = true;
    world.announcer.completed();
    expect(await world.after(31)).toEqual(["1 a paused", "31 a paused"]);
  });

  test("gets back the id that it has given", async () => {
    const world = new World([["a"]]);
    world.replies.set("a", { trackerId: Buffer.from("you") });
    world.announcer.start();
    expect(await world.after(30)).toEqual(["0 a started", "30 a - you"]);
  });

  test("is asked sooner when peers are needed, and not sooner than it allows", async () => {
    const world = new World([["a"]]);
    world.replies.set("a", { minIntervalMs: 5 * MINUTE });
    world.announcer.start();
    await world.after(1);
    for (let time = 0; time < 100; time++) world.announcer.needPeers();
    expect(await world.after(10)).toEqual(["5 a -"]);
    world.announcer.needPeers();
    expect(await world.after(0)).toEqual(["11 a -"]);
  });

  test("that fails is not asked again sooner than it has allowed before", async () => {
    const world = new World([["a"]]);
    world.replies.set("a", { intervalMs: 10 * MINUTE, minIntervalMs: 10 * MINUTE });
    world.announcer.start();
    await world.after(1);
    world.replies.set("a", new TimeoutError("timed-out", "nobody"));
    world.announcer.completed();
    await world.after(0.1);
    for (let time = 0; time < 100; time++) world.announcer.needPeers();
    expect(await world.after(9)).toEqual(["10 a completed"]);
  });

  test("whose peers are needed does not hold up the others", async () => {
    const world = new World([["a"], ["b"]]);
    world.replies.set("a", { intervalMs: 10 * MINUTE, minIntervalMs: 8 * MINUTE });
    world.announcer.start();
    await world.after(1);
    const down = new TimeoutError("timed-out", "nobody");
    world.replies.set("a", down).set("b", down);
    world.announcer.completed();
    expect(await world.after(0)).toEqual(["1 a completed", "1 b started"]);
    world.announcer.needPeers();
    expect(await world.after(1)).toEqual([expect.stringMatching(/^1\.\d+ b started$/)]);
  });

  test.each([
    ["0 s", 0, 12],
    ["a year", 365 * 24 * 60 * MINUTE, 1 / 60],
  ])("that wishes to hear of us every %s does so within bounds", async (_, intervalMs, timesAMinute) => {
    const world = new World([["a"]]);
    world.replies.set("a", { intervalMs, minIntervalMs: intervalMs });
    world.announcer.start();
    await world.after(0);
    expect((await world.after(120)).length).toBe(120 * timesAMinute);
  });

  test("that does not answer is asked again ever later, up to half an hour", async () => {
    const world = new World([["a"]]);
    world.replies.set("a", new TimeoutError("timed-out", "nobody"));
    world.announcer.start();
    const times = (await world.after(300)).map((line) => Number(line.split(" ")[0]));
    const waits = times.slice(1).map((time, at) => time - times[at]!);
    expect(waits[0]).toBeLessThanOrEqual(0.5);
    for (const [at, wait] of waits.slice(1).entries()) expect(wait).toBeGreaterThanOrEqual(waits[at]! - 1e-6);
    expect(waits.at(-1)).toBeCloseTo(30, 0);
  });

  test("that cannot be asked at all is asked once", async () => {
    const world = new World([["a"]]);
    world.replies.set("a", new UsageError("bad-tracker", "wss://"));
    world.announcer.start();
    expect(await world.after(1000)).toEqual(["0 a started"]);
    expect(world.announcer.trackers[0]!.error?.message).toBe("wss://");
  });
});

describe("several trackers (BEP 12)", () => {
  test("the first that answers is enough", async () => {
    const world = new World([["a", "b"], ["c"]]);
    world.announcer.start();
    expect(await world.after(31)).toEqual(["0 a started", "30 a -"]);
  });

  test("tier by tier, until one answers; whoever does is the first of its tier from then on", async () => {
    const world = new World([["a", "b"], ["c"]]);
    world.replies.set("a", new TimeoutError("timed-out", "nobody"));
    world.announcer.start();
    expect(await world.after(0)).toEqual(["0 a started", "0 b started"]);
    world.replies.delete("a");
    expect(await world.after(31)).toEqual(["30 b -"]);
    world.replies.set("b", new TimeoutError("timed-out", "nobody"));
    expect(await world.after(30)).toEqual(["60 b -", "60 a started"]);
  });

  test("one that is silent holds the next up for 20 seconds, and is left alone for a while", async () => {
    const world = new World([["a"], ["b"]]);
    world.replies.set("a", "silent");
    world.replies.set("b", { intervalMs: 0.1 * MINUTE });
    world.announcer.start();
    const told = await world.after(0.6);
    expect(told.slice(0, 3)).toEqual([
      "0 a started",
      expect.stringMatching(/^0\.33\d* b started/),
      expect.stringMatching(/^0\.43\d* b -/),
    ]);
  });

  test("a tier is shuffled, and no tracker is lost or doubled", async () => {
    const firsts = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const world = new World([["a", "b", "c", "a"]], { random: () => seed / 20 });
      expect(world.announcer.trackers.map(({ url }) => url).toSorted()).toEqual(["a", "b", "c"]);
      firsts.add(world.announcer.trackers[0]!.url);
    }
    expect(firsts.size).toBe(3);
  });

  test("a private torrent has one at a time: the last one is told stopped, and whom it has told of is to be dropped (BEP 27)", async () => {
    const world = new World([["a"], ["b"]], { isPrivate: true });
    world.replies.set("b", { peers: [{ host: "192.0.2.1", port: 5 }] });
    world.announcer.start();
    await world.after(1);
    world.replies.set("a", new TimeoutError("timed-out", "nobody"));
    expect(await world.after(30)).toEqual(["30 a -", "30 b started", "30 a stopped"]);
    expect(world.switches).toEqual(["b"]);
    expect(world.peers).toEqual(["5 of b"]);
  });
});

describe("the end", () => {
  test("does not wait for trackers that are silent, and gives up what is under way", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    await world.after(1);
    world.replies.set("a", "silent");
    world.announcer.completed();
    await world.after(0);
    const stopped = world.announcer.stop();
    await world.clock.run(stopped, 4500);
    const told = await world.after(0);
    expect(world.underway).toBe(0);
    expect([...told, ...(await world.after(200))]).toEqual(["1.025 a stopped"]);
  });

  test("does not wait for the answer to anything but that all is there", async () => {
    const world = new World([["a"]]);
    world.replies.set("a", "silent");
    world.announcer.start();
    await world.after(0);
    await world.clock.run(world.announcer.stop(), 3000);
  });

  test("waits a little for who is just being told that all is there: it counts", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    await world.after(1);
    world.announcer.completed();
    await world.clock.run(world.announcer.stop());
    expect(await world.after(0)).toEqual(["1 a completed", "1 a stopped"]);
  });

  test("comes once, and nothing is said after it", async () => {
    const world = new World([["a"]]);
    world.announcer.start();
    await world.after(0);
    await world.clock.run(Promise.all([world.announcer.stop(), world.announcer.stop()]));
    world.announcer.completed();
    world.announcer.needPeers();
    expect(await world.after(100)).toEqual(["0 a stopped"]);
  });
});
