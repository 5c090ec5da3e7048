// Small files, several in one message, where a NATS server keeps them: each done or refused by itself.
import { needs } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { MAX_BATCH_FILES } from "../src/protocol.ts";
import { openNatsStore } from "../src/server/nats-store.ts";
import { getFrom, noise, storeTest, treeOf } from "./contract/store-test.ts";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { batchOf, filesOf, getBatch, talk } from "./talking.ts";

describe("with one NATS server", needs("nats-server"), () => {
  let nats: Nats;
  let stores = 0;
  beforeAll(async () => {
    nats = await Nats.start(1);
  });
  afterAll(() => nats.stop());

  const test = storeTest(() => {
    const url = `${nats.url}/b${stores++}`;
    return { open: (options) => openNatsStore(url, options), discard: () => {} };
  });

  test("as many as a batch may have arrive, and come back", async ({ store }) => {
    const ann = talk(store);
    const files = Array.from({ length: MAX_BATCH_FILES }, (_, n) => ({
      path: `sub ${n % 3}/${n}`,
      content: n === 0 ? Buffer.alloc(0) : noise(n * 100, n),
    }));
    expect(await ann.ask(await batchOf(1, files))).toEqual([]);
    for (const { path, content } of files) {
      expect((await getFrom(store, path)).equals(content)).toBe(true);
      expect(await store.stat(path)).toMatchObject({ mtimeMs: 1_700_000_000_000, mode: 0o644 });
    }
    const paths = files.map(({ path }) => path);
    expect(await ann.ask(getBatch(2, [...paths.slice(1), "none"]))).toEqual([
      `${paths.length - 1} not-found`,
    ]);
    const got = filesOf(ann.answers);
    expect(Object.keys(got)).toEqual(paths.slice(1));
    for (const { path, content } of files.slice(1)) expect(got[path]).toBe(content.toString());
    ann.end();
    expect(await ann.over).toBeUndefined();
  });

  test("of two of one name one is refused; one that is spoiled, or takes a folder's name, is; the others are done", async ({
    store,
    put,
  }) => {
    await put("sub/a", "old");
    const ann = talk(store);
    const files = ["b", "b", "sub", "../c", "sub/a", "spoiled"].map((path, n) => ({
      path,
      content: `${path} ${n}`,
    }));
    const batch = await batchOf(1, files);
    batch.files[batch.files.length - 1]! ^= 1;
    const refused = await ann.ask(batch);
    expect(refused).toEqual(["1 busy", "2 exists", "3 bad-path", "5 bad-hash"]);
    expect(await treeOf(store)).toEqual(["b", "sub/", "sub/a"]);
    expect((await getFrom(store, "b")).toString()).toBe("b 0");
    expect((await getFrom(store, "sub/a")).toString()).toBe("sub/a 4");
    // All names are free again.
    expect(await ann.ask(await batchOf(2, files.slice(1, 2)))).toEqual([]);
    ann.end();
    await ann.over;
  });

  test("what is more than there may be is refused by its place, and counts for nothing", async ({ open }) => {
    const store = await open({ limits: { maxFiles: 3, maxFileBytes: 1000 } });
    const ann = talk(store);
    const files = [10, 1001, 10, 10, 10].map((size, n) => ({ path: `f${n}`, content: noise(size) }));
    const refused = await ann.ask(await batchOf(1, files));
    expect(refused[0]).toBe("1 too-large");
    expect(refused).toHaveLength(2);
    expect(refused[1]).toMatch(/ too-many$/);
    expect(await treeOf(store)).toHaveLength(3);
    await store.remove("f0", { recursive: false }).catch(() => store.remove("f2", { recursive: false }));
    expect(await ann.ask(await batchOf(2, [{ path: "more", content: "more" }]))).toEqual([]);
    ann.end();
    await ann.over;
  });

  test("files whose folders are made for them are no more than there may be, with the folders", async ({
    open,
  }) => {
    const store = await open({ limits: { maxFiles: 6 } });
    const ann = talk(store);
    const paths = ["a", "x/y/b", "c/d/e", "f", "x/y/g", "x/h"];
    const refused = await ann.ask(
      await batchOf(
        1,
        paths.map((path) => ({ path, content: path })),
      ),
    );
    const tree = await treeOf(store);
    expect(tree.length).toBeLessThanOrEqual(6);
    for (const [index, path] of paths.entries())
      expect(refused.includes(`${index} too-many`), path).toBe(!tree.includes(path));
    ann.end();
    expect(await ann.over).toBeUndefined();
  });

  test("what a client that has gone has sent is there as a whole", async ({ store }) => {
    const ann = talk(store);
    const batches = [0, 1, 2].map((id) =>
      batchOf(
        id,
        Array.from({ length: 20 }, (_, n) => ({ path: `${id}/${n}`, content: `${id}/${n}` })),
      ),
    );
    for (const batch of await Promise.all(batches)) ann.say(batch);
    while (ann.heard < 2) await new Promise(setImmediate);
    ann.end();
    await ann.over;
    const paths = (await treeOf(store)).filter((path) => !path.endsWith("/"));
    expect(paths).toHaveLength(20 * ann.heard);
    for (const path of paths) expect((await getFrom(store, path)).toString()).toBe(path);
    const bob = talk(store);
    expect(await bob.ask(await batchOf(1, [{ path: paths[0]!, content: "again" }]))).toEqual([]);
    bob.end();
    await bob.over;
  });
});
