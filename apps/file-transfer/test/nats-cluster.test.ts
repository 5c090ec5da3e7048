// Holds the store to its contract on three NATS servers, and kills those in the middle of it.
import { seededRandom } from "@socketlab/core";
import { needs } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { openNatsStore } from "../src/server/nats-store.ts";
import { StoreError } from "../src/server/store.ts";
import { getFrom, noise, putInto, treeOf } from "./contract/store-test.ts";
import { storeContract } from "./contract/store.ts";

describe("with three NATS servers", needs("nats-server"), () => {
  let nats: Nats;
  let stores = 0;
  beforeAll(async () => {
    nats = await Nats.start(3);
  });

  storeContract("JetStream in three copies", () => {
    const url = `${nats.url}/t${stores++}`;
    return { open: (options) => openNatsStore(url, options), discard: () => {} };
  });

  test("whatever NATS server is killed, what was acknowledged is kept, and each file is whole", async () => {
    const name = `t${stores++}`;
    const opened = await Promise.all([0, 1, 2].map(() => openNatsStore(`${nats.url}/${name}`)));
    const acknowledged = new Map<string, Buffer>();
    let isOver = false;
    const write = async (writer: number): Promise<void> => {
      const random = seededRandom(writer);
      for (let count = 0; !isOver; count++) {
        const path = `folder ${writer}/file ${count}`;
        const content = noise(1 + Math.floor(random() * 60_000), writer * 1000 + count);
        for (let tries = 0; tries < 20 && !acknowledged.has(path); tries++)
          try {
            await putInto(opened[Math.floor(random() * 3)]!, path, content);
            acknowledged.set(path, content);
          } catch (error) {
            // It is not there, or nobody knows: to put it again is harmless.
            if (!(error instanceof StoreError)) throw error;
          }
      }
    };
    const writers = Array.from({ length: 6 }, (_, writer) => write(writer));
    for (const isLeader of [true, false]) {
      const before = acknowledged.size;
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(before + 30), { timeout: 30_000 });
      const leader = await nats.leaderOf(`${name}_paths`);
      const victim = isLeader ? leader : (leader + 1) % nats.size;
      await nats.killServer(victim);
      const then = acknowledged.size;
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(then + 30), { timeout: 60_000 });
      nats.startServer(victim);
      await nats.ready();
      for (const stream of ["paths", "chunks"]) await nats.inStep(`${name}_${stream}`);
    }
    isOver = true;
    await Promise.all(writers);
    const trees = await Promise.all(opened.map((store) => treeOf(store)));
    for (const tree of trees) expect(tree).toEqual(trees[0]);
    expect(trees[0]!.filter((path) => !path.endsWith("/"))).toEqual([...acknowledged.keys()].toSorted());
    for (const [index, [path, content]] of [...acknowledged].entries())
      expect((await getFrom(opened[index % 3]!, path)).equals(content), path).toBe(true);
    await Promise.all(opened.map((store) => store.close()));
  }, 180_000);
});
