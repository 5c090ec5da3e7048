// Several servers on one NATS: what one takes the others have, one writes a name at a time, and any may die.
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { StorageType } from "@nats-io/jetstream";
import { seededRandom, UsageError, VirtualClock } from "@socketlab/core";
import { killRunning, needs, TestProcess } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CHUNK_BYTES } from "../src/protocol.ts";
import { openNatsStore, type NatsStoreOptions } from "../src/server/nats-store.ts";
import { StoreError, type Store, type Upload } from "../src/server/store.ts";
import { describeFile, getFrom, noise, putInto, refusal, treeOf } from "./contract/store-test.ts";

const program = fileURLToPath(new URL("nats-process.ts", import.meta.url));
const DAY_MS = 86_400_000;
/** So long it takes to be sure that a server is gone. */
const GONE = { timeout: 20_000, interval: 100 };

afterAll(killRunning);

describe("with one NATS server", needs("nats-server"), () => {
  let nats: Nats;
  let url = "";
  let names = 0;
  const opened: Store[] = [];
  beforeAll(async () => {
    nats = await Nats.start(1);
  });
  beforeEach(() => {
    url = `${nats.url}/t${names++}`;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  async function open(options?: NatsStoreOptions): Promise<Store> {
    const store = await openNatsStore(url, options);
    opened.push(store);
    return store;
  }

  async function two(options?: NatsStoreOptions): Promise<[Store, Store]> {
    return [await open(options), await open(options)];
  }

  /** Until nobody else writes it. */
  function writeWhenFree(store: Store, path: string, size: number): Promise<Upload> {
    return vi.waitFor(() => store.write(path, describeFile(size)), GONE);
  }

  /** Writes what is not there already. @returns how many chunks were. */
  async function goOn(upload: Upload, content: Buffer): Promise<number> {
    let kept = 0;
    for (let at = 0; at < content.length; at += CHUNK_BYTES) {
      const piece = content.subarray(at, at + CHUNK_BYTES);
      const there = Buffer.alloc(piece.length);
      if (at < upload.had) await upload.read(there, at);
      if (there.equals(piece)) kept++;
      else await upload.write(piece, at);
    }
    await upload.finish();
    return kept;
  }

  test("what is done at one is at once there at the other", async () => {
    const [one, other] = await two();
    for (let round = 0; round < 30; round++) {
      const content = noise(1000 * (round + 1), round);
      const entry = await putInto(one, `a/b ${round}`, content);
      expect(await other.stat(`a/b ${round}`)).toEqual(entry);
      expect(await getFrom(other, `a/b ${round}`)).toEqual(content);
      await other.remove(`a/b ${round}`, { recursive: false });
      expect(await refusal(one.open(`a/b ${round}`))).toBe("not-found");
      await one.makeFolder("folder", { mtimeMs: 1000 + round, mode: 0o700 });
      expect(await other.stat("folder")).toMatchObject({ mtimeMs: 1000 + round });
    }
    expect(await treeOf(other)).toEqual(["a/", "folder/"]);
  });

  test("one that is opened late, or has not asked for long, has what a thousand changes have left", async () => {
    const [one, lagging] = await two();
    const count = 400;
    for (let index = 0; index < count; index++)
      await one.makeFolder(`folder ${index % 350}`, { mode: index });
    for (let index = 0; index < 50; index++) await one.remove(`folder ${index}`, { recursive: false });
    const expected = Array.from({ length: 300 }, (_, index) => `folder ${index + 50}/`).toSorted();
    const late = await open();
    for (const store of [one, lagging, late]) expect(await treeOf(store)).toEqual(expected);
    expect(await lagging.stat("folder 349")).toEqual(await one.stat("folder 349"));
  });

  test("of two writers of one name at two servers the second is told, and goes on when the first has suspended", async () => {
    const [one, other] = await two();
    const content = noise(3 * CHUNK_BYTES + 5);
    const upload = await one.write("file", describeFile(content.length));
    await upload.write(content.subarray(0, 700_000), 0);
    expect(await refusal(other.write("file", describeFile(content.length)), "file")).toBe("busy");
    expect(await refusal(other.write("file", describeFile(1)), "file")).toBe("busy");
    await upload.suspend();
    const next = await other.write("file", describeFile(content.length));
    expect(next.had).toBe(700_000);
    expect(await refusal(one.write("file", describeFile(content.length)))).toBe("busy");
    expect(await goOn(next, content)).toBe(1);
    expect(await getFrom(one, "file")).toEqual(content);
  });

  test("of those who ask for one name at once, at three servers, one gets it", async () => {
    const stores = [...(await two()), await open()];
    const asked = Array.from({ length: 12 }, (_, index) => stores[index % 3]!.write("file", describeFile(3)));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("limits count what every server has taken", async () => {
    const [one, other] = await two({ limits: { maxTotalBytes: 100, maxFiles: 3 } });
    await putInto(one, "a", Buffer.alloc(40));
    const upload = await one.write("b", describeFile(40));
    expect(await refusal(other.write("c", describeFile(21)))).toBe("too-large");
    await putInto(other, "c", Buffer.alloc(20));
    expect(await refusal(other.makeFolder("d", {}))).toBe("too-many");
    await upload.discard();
    await other.makeFolder("d", {});
  });

  test("whatever several servers do at once with few names, each file is of one writer, and all agree", async () => {
    const stores = [...(await two()), await open()];
    const paths = ["a", "a/b", "a/b/c", "a/d", "e", "e/f"];
    const finished = new Map<string, Buffer>();
    const work = async (worker: number): Promise<void> => {
      const random = seededRandom(worker);
      const store = stores[worker % stores.length]!;
      for (let step = 0; step < 100; step++) {
        const path = paths[Math.floor(random() * paths.length)]!;
        const kind = random();
        try {
          if (kind < 0.2) await store.remove(path, { recursive: random() < 0.7 });
          else if (kind < 0.4) await store.makeFolder(path, {});
          else {
            const content = noise(1 + Math.floor(random() * 2000), worker * 1000 + step);
            const mtimeMs = worker * 1000 + step;
            finished.set(`${path} ${mtimeMs}`, content);
            await putInto(store, path, content, { mtimeMs });
          }
        } catch (error) {
          if (!(error instanceof StoreError) || error.code === "failed") throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 9 }, (_, worker) => work(worker)));
    const trees = await Promise.all([...stores, await open()].map((store) => treeOf(store)));
    for (const tree of trees) expect(tree).toEqual(trees[0]);
    for (const path of trees[0]!.filter((one) => !one.endsWith("/"))) {
      const { mtimeMs } = await stores[0]!.stat(path);
      expect(await getFrom(stores[1]!, path)).toEqual(finished.get(`${path} ${mtimeMs}`));
    }
    // Whatever is in a folder has that folder.
    const folders = new Set(trees[0]!.filter((one) => one.endsWith("/")));
    for (const path of trees[0]!) {
      const parent = path.replace(/[^/]+\/?$/u, "");
      expect(parent === "" || folders.has(parent), path).toBe(true);
    }
  });

  test("a file whose server is killed is gone on with at another, byte by byte", async () => {
    const content = noise(20 * CHUNK_BYTES + 77);
    const store = await open();
    const killed = start("big", content.length, 1);
    await killed.says(/^chunk 7$/m);
    expect(await refusal(store.write("big", describeFile(content.length)))).toBe("busy");
    await killed.stop("SIGKILL");
    const upload = await writeWhenFree(store, "big", content.length);
    expect(upload.had).toBeGreaterThanOrEqual(8 * CHUNK_BYTES);
    expect(await goOn(upload, content)).toBeGreaterThanOrEqual(8);
    expect(await getFrom(store, "big")).toEqual(content);
  });

  test("a server that hangs keeps its name; taken for dead meanwhile, it is refused when it goes on", async () => {
    const size = 40 * CHUNK_BYTES;
    const store = await open();
    const hanging = start("big", size, 1);
    await hanging.says(/^chunk 3$/m);
    hanging.child.kill("SIGSTOP");
    expect(await refusal(store.write("big", describeFile(size)))).toBe("busy");
    // The broker hangs up on it.
    await nats.killServer(0);
    nats.startServer(0);
    await nats.ready();
    const other = noise(size, 2);
    const upload = await writeWhenFree(store, "big", size);
    await upload.write(other.subarray(0, size / 2), 0);
    hanging.child.kill("SIGCONT");
    await hanging.says(/^refused busy$/m);
    await upload.write(other.subarray(size / 2), size / 2);
    await upload.finish();
    expect((await getFrom(store, "big")).equals(other)).toBe(true);
    expect(await treeOf(store)).toEqual(["big"]);
  });

  test("a NATS server that is killed and started again holds things up, and nothing else", async () => {
    const [one, other] = await two();
    const content = noise(30 * CHUNK_BYTES);
    await putInto(one, "there", content);
    const upload = await one.write("big", describeFile(content.length));
    const file = await other.open("there");
    let [isBack, done] = [false, 0];
    const write = async (): Promise<void> => {
      for (let at = 0; at < content.length; at += CHUNK_BYTES, done++) {
        await upload.write(content.subarray(at, at + CHUNK_BYTES), at);
        if (!isBack) await delay(10);
      }
    };
    const read = async (): Promise<void> => {
      const into = Buffer.alloc(CHUNK_BYTES);
      for (let at = 0; at < content.length; at += CHUNK_BYTES) {
        await file.read(into, at);
        expect(into.equals(content.subarray(at, at + CHUNK_BYTES))).toBe(true);
        if (!isBack) await delay(10);
      }
    };
    const working = Promise.all([write(), read()]);
    await vi.waitFor(() => expect(done).toBeGreaterThan(5), { timeout: 20_000 });
    await nats.killServer(0);
    const asked = other.list("", { limit: 10 });
    await delay(2000);
    nats.startServer(0);
    await nats.ready();
    isBack = true;
    await working;
    expect((await asked).entries).toMatchObject([{ path: "there" }]);
    await upload.finish();
    expect((await getFrom(other, "big")).equals(content)).toBe(true);
  });

  test("when NATS has no room left, an upload is refused, kept, and goes on when there is room", async () => {
    const small = await Nats.start(1, { maxStoreBytes: 4_000_000 });
    url = small.url;
    const store = await open();
    await putInto(store, "ballast", noise(1_500_000));
    const content = noise(3_000_000);
    const upload = await store.write("file", describeFile(content.length));
    expect(await refusal(goOn(upload, content), "file")).toBe("no-space");
    await upload.suspend();
    expect(await treeOf(store)).toEqual(["ballast"]);
    await store.remove("ballast", { recursive: false });
    const again = await vi.waitFor(async () => {
      const next = await store.write("file", describeFile(content.length));
      expect(next.had).toBeGreaterThan(1_000_000);
      const kept = await goOn(next, content).catch(async (error: unknown) => {
        await next.suspend();
        throw error;
      });
      return kept;
    }, GONE);
    expect(again).toBeGreaterThan(1);
    expect((await getFrom(store, "file")).equals(content)).toBe(true);
    await store.close();
    await small.stop();
  });

  test("an upload that nobody goes on with is removed after its time, by any server, and what is under way is not", async () => {
    const clock = new VirtualClock(Date.now());
    const [one] = await two({ clock, keepMs: 2 * DAY_MS });
    const abandoned = await one.write("abandoned", describeFile(5));
    await abandoned.write(Buffer.from("1234"), 0);
    await abandoned.suspend();
    const active = await one.write("active", describeFile(5));
    await active.write(Buffer.from("12345"), 0);
    expect(await chunks()).toBe(2);
    await clock.advance(DAY_MS);
    expect(await chunks()).toBe(2);
    await clock.advance(1.5 * DAY_MS);
    await vi.waitFor(async () => expect(await chunks()).toBe(1), { timeout: 10_000 });
    await active.finish();
    expect((await one.write("abandoned", describeFile(5))).had).toBe(0);
  });

  test("nothing is left of what is gone: neither chunks, nor, after a week, its path", async () => {
    const clock = new VirtualClock(Date.now());
    const store = await open({ clock });
    for (let index = 0; index < 5; index++) await putInto(store, `folder/file ${index}`, noise(100));
    await putInto(store, "large", noise(70 * CHUNK_BYTES));
    await putInto(store, "large", noise(CHUNK_BYTES + 1));
    await store.remove("folder", { recursive: true });
    await vi.waitFor(async () => expect(await chunks()).toBe(2), { timeout: 10_000 });
    expect(await messages("paths")).toBe(7);
    await clock.advance(8 * DAY_MS);
    await vi.waitFor(async () => expect(await messages("paths")).toBe(1), { timeout: 10_000 });
    expect(await treeOf(store)).toEqual(["large"]);
    expect(await treeOf(await open())).toEqual(["large"]);
  });

  test("a stream of that name that would lose files is refused, and left as it is", async () => {
    const lossy = {
      name: `${nameOf()}_chunks`,
      subjects: [`${nameOf()}.chunk.*.*.*`],
      storage: StorageType.Memory,
    };
    await nats.manage((manager) => manager.streams.add({ ...lossy }));
    await expect(open()).rejects.toSatisfy(
      (error) => error instanceof UsageError && error.message.includes(`${nameOf()}_chunks`),
    );
    expect(await nats.stream(lossy.name)).toMatchObject({ config: lossy });
  });

  test("chunks that belong to nothing are removed when a server starts", async () => {
    await putInto(await open(), "file", "abc");
    await nats.manage((manager) => manager.jetstream().publish(`${nameOf()}.chunk.a.abandoned.0`, "lost"));
    await open();
    await vi.waitFor(async () => expect(await chunks()).toBe(1), { timeout: 10_000 });
    expect((await getFrom(await open(), "file")).toString()).toBe("abc");
  });

  function start(path: string, bytes: number, seed: number): TestProcess {
    return TestProcess.start(process.execPath, [program, url, path, String(bytes), String(seed)]);
  }

  function nameOf(): string {
    return url.slice(url.lastIndexOf("/") + 1);
  }

  function chunks(): Promise<number> {
    return messages("chunks");
  }

  async function messages(stream: "chunks" | "paths"): Promise<number> {
    return (await nats.stream(`${nameOf()}_${stream}`)).state.messages;
  }
});
