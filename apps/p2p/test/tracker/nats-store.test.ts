// Holds the store over NATS to the contract of stores, and to what several trackers promise together.
import { setTimeout as delay } from "node:timers/promises";
import { realClock } from "@socketlab/core";
import { needs } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { beforeAll, describe, expect, test } from "vitest";
import { openNatsStore } from "../../src/tracker/server/nats-store.ts";
import { storeContract, visit } from "./contract/store.ts";
import { hash } from "./wire.ts";

describe("with one NATS server", needs("nats-server"), () => {
  let nats: Nats;
  let stores = 0;
  beforeAll(async () => {
    nats = await Nats.start(1);
  });

  storeContract("JetStream", () => {
    const url = `${nats.url}/t${stores++}`;
    return { open: (options) => openNatsStore(url, options), discard: () => {} };
  });

  const options = { clock: realClock, random: Math.random, expiryMs: 60_000 };

  test("what one tracker is told, the others know: who comes, who goes, who is complete", async () => {
    const url = `${nats.url}/t${stores++}`;
    const [one, two] = [await openNatsStore(url, options), await openNatsStore(url, options)];
    await visit(one, 1);
    await expect.poll(() => visit(two, 2)).toEqual([1]);
    await expect.poll(() => visit(one, 1)).toEqual([2]);
    await Promise.all([
      visit(one, 1, { left: 0, event: "completed" }),
      visit(two, 2, { left: 0, event: "completed" }),
    ]);
    for (const store of [one, two])
      await expect.poll(() => store.scrape(hash(1))).toMatchObject({ seeds: 2, completed: 2 });
    await visit(two, 2, { event: "stopped" });
    await expect.poll(() => one.size.peers).toBe(1);
    await Promise.all([one.close(), two.close()]);
  });

  test("whoever stops and comes again at once is there, at all of them", async () => {
    const url = `${nats.url}/t${stores++}`;
    const [one, two] = [await openNatsStore(url, options), await openNatsStore(url, options)];
    for (let time = 0; time < 20; time++) {
      await visit(one, 1);
      await visit(one, 1, { event: "stopped" });
    }
    await visit(one, 1);
    await delay(300);
    expect([one.size.peers, two.size.peers]).toEqual([1, 1]);
    await Promise.all([one.close(), two.close()]);
  });
});

describe("with a NATS server that dies", needs("nats-server"), () => {
  test("a visit waits until it is back, and what was written before is there", async () => {
    const nats = await Nats.start(1);
    const store = await openNatsStore(nats.url, { clock: realClock, random: Math.random, expiryMs: 60_000 });
    await visit(store, 1);
    await nats.killServer(0);
    const waiting = visit(store, 2);
    nats.startServer(0);
    expect(await waiting).toEqual([1]);
    const other = await openNatsStore(nats.url, { clock: realClock, random: Math.random, expiryMs: 60_000 });
    expect(other.size.peers).toBe(2);
    await Promise.all([store.close(), other.close()]);
  });
});
