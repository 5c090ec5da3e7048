// Small files that come and go several in one message, at a server's side: how many are open, and what is left of them.
import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { expect, test as plain } from "vitest";
import { MAX_BATCH_FILES, type FromClient } from "../src/protocol.ts";
import type { FileDescription, Upload } from "../src/server/store.ts";
import { getFrom, treeOf } from "./contract/store-test.ts";
import { folderTest } from "./folder-fixture.ts";
import { MemoryStore } from "./memory-store.ts";
import { batchOf, filesOf, getBatch, talk } from "./talking.ts";

const test = folderTest();
const some = (prefix: string) =>
  Array.from({ length: MAX_BATCH_FILES }, (_, n) => ({ path: `${prefix}/${n}`, content: `${prefix} ${n}` }));
const turns = async (count = 50): Promise<void> => {
  while (count-- > 0) await new Promise(setImmediate);
};

/** Its uploads end only when they are told to. */
class PatientStore extends MemoryStore {
  open_ = 0;
  most = 0;
  readonly #waiting: (() => void)[] = [];

  override async write(path: string, description: FileDescription): Promise<Upload> {
    const upload = await super.write(path, description);
    this.most = Math.max(this.most, ++this.open_);
    return {
      ...upload,
      finish: async () => {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        this.open_--;
        await upload.finish();
      },
      discard: async () => {
        this.open_--;
        await upload.discard();
      },
    };
  }

  /** Ends so many, in the order in which they came. */
  end(count = Infinity): void {
    for (const resolve of this.#waiting.splice(0, count)) resolve();
  }
}

plain("one conversation has 256 files open at most: the next batch waits, and others go on", async () => {
  const store = new PatientStore();
  const [ann, bob] = [talk(store), talk(store)];
  for (let id = 0; id < 7; id++) ann.say(await batchOf(id, some(`ann ${id}`)));
  ann.say({ type: "list", id: 100, path: "" });
  await turns();
  expect([store.open_, ann.heard]).toEqual([256, 5]);
  bob.say({ type: "list", id: 1, path: "" });
  bob.say(await batchOf(2, some("bob")));
  await turns();
  expect(bob.answers).toMatchObject([{ type: "entries", id: 1 }]);
  expect([store.open_, ann.answers]).toEqual([256 + 64, []]);
  store.end(MAX_BATCH_FILES - 1);
  await turns();
  expect(ann.heard).toBe(5);
  store.end(1);
  await turns();
  expect([store.open_, ann.heard]).toEqual([256 + 64, 6]);
  while (ann.answers.length < 8) {
    store.end();
    await turns();
  }
  expect([store.open_, store.most]).toEqual([0, 256 + 64]);
  expect(store.files.size).toBe(8 * MAX_BATCH_FILES);
  ann.end();
  bob.end();
});

plain("all conversations together have 512 files open at most, and all files arrive", async () => {
  const store = new PatientStore();
  const finishing = new Set<Promise<void>>();
  const talks = Array.from({ length: 5 }, () => talk(store, { finishing }));
  for (const [n, one] of talks.entries())
    for (let id = 0; id < 3; id++) one.say(await batchOf(id, some(`${n} ${id}`)));
  await turns();
  expect(store.open_).toBe(512);
  while (talks.some(({ answers }) => answers.length < 3)) {
    store.end();
    await turns();
  }
  expect([store.open_, store.most, finishing.size]).toEqual([0, 512, 0]);
  expect(store.files.size).toBe(15 * MAX_BATCH_FILES);
  for (const one of talks) one.end();
});

plain("of two files of one name in a batch the first is there, and the other is refused", async () => {
  const store = new MemoryStore();
  const ann = talk(store);
  const twice = [
    { path: "a", content: "first" },
    { path: "b", content: "b" },
    { path: "a", content: "other" },
  ];
  expect(await ann.ask(await batchOf(1, twice))).toEqual(["2 busy"]);
  expect(Buffer.from(store.files.get("a")!.bytes).toString()).toBe("first");
  expect([...store.files.keys(), ...store.writing]).toEqual(["a", "b"]);
  // It is free again.
  expect(await ann.ask(await batchOf(2, twice.slice(2)))).toEqual([]);
  ann.end();
});

plain("files that are asked for twice come twice, and nothing stays open", async () => {
  const store = new MemoryStore();
  store.put("a", Buffer.from("content"));
  const ann = talk(store);
  expect(await ann.ask(getBatch(1, ["a", "none", "a"]))).toEqual(["1 not-found"]);
  expect([filesOf(ann.answers), store.openFiles]).toEqual([{ a: "content" }, 0]);
  ann.end();
});

plain("a client that goes while its files are on their way leaves none of them open, or half", async () => {
  const store = new PatientStore();
  const ann = talk(store);
  for (let id = 0; id < 3; id++) ann.say(await batchOf(id, some(`ann ${id}`)));
  await turns();
  ann.end();
  let isOver = false;
  void ann.over.then(() => (isOver = true));
  await turns();
  // They are as good as done: what has come is not thrown away.
  expect([isOver, store.files.size]).toEqual([false, 0]);
  store.end();
  await ann.over;
  expect([store.open_, store.writing.size, store.files.size]).toEqual([0, 0, 3 * MAX_BATCH_FILES]);
});

plain("a client that goes while it is given files leaves none of them open", async () => {
  const store = new MemoryStore();
  const files = some("there");
  for (const { path, content } of files) store.put(path, Buffer.from(content));
  const ann = talk(store);
  const paths = files.map(({ path }) => path);
  for (let id = 0; id < 6; id++) ann.say(getBatch(id, paths));
  await turns(20);
  expect(store.openFiles).toBeGreaterThan(0);
  ann.end();
  await ann.over;
  expect(store.openFiles).toBe(0);
  expect(ann.answers).toEqual([]);
});

plain("a fault of the store ends that conversation alone, and leaves nothing open", async () => {
  const store = new MemoryStore();
  const write = store.write.bind(store);
  store.write = (path, description) =>
    path === "ann/7" ? Promise.reject(new TypeError("a fault")) : write(path, description);
  const [ann, bob] = [talk(store), talk(store)];
  ann.say(await batchOf(1, some("ann")));
  await turns();
  ann.end();
  expect(await ann.over).toMatchObject({ message: "a fault" });
  expect([...store.writing]).toEqual([]);
  expect(await bob.ask(await batchOf(1, some("ann").slice(0, 7)))).toEqual([]);
  bob.end();
});

test("in a folder, what a client that has gone has sent is there as a whole, and nothing else is", async ({
  open,
  served,
  leftovers,
}) => {
  const store = await open();
  const before = openIn(served);
  const ann = talk(store);
  const said: FromClient[] = [];
  for (let id = 0; id < 6; id++) said.push(await batchOf(id, some(`ann ${id}`)));
  for (const message of said) ann.say(message);
  while (ann.heard < 2) await turns(1);
  ann.end();
  await ann.over;
  expect(leftovers()).toEqual([]);
  expect(openIn(served)).toEqual(before);
  const paths = (await treeOf(store)).filter((path) => !path.endsWith("/"));
  expect(paths.length).toBe(ann.heard * MAX_BATCH_FILES);
  for (const path of paths) expect((await getFrom(store, path)).toString()).toBe(path.replace("/", " "));
});

test("in a folder, a name that is taken by a folder is refused by its place", async ({ open, leftovers }) => {
  const store = await open();
  const ann = talk(store);
  const files = ["a/b", "a", "c", "a/b/d"].map((path) => ({ path, content: path }));
  await store.makeFolder("a", {});
  await store.makeFolder("a/b/d", {});
  expect(await ann.ask(await batchOf(1, files))).toEqual(["0 exists", "1 exists", "3 exists"]);
  expect(await ann.ask(getBatch(2, ["a", "c", "c/d"]))).toEqual(["0 not-a-file", "2 not-found"]);
  expect([await treeOf(store), leftovers()]).toEqual([["a/", "a/b/", "a/b/d/", "c"], []]);
  ann.end();
  await ann.over;
});

/** The files that this process has open in a folder, where the system tells; of folders the store keeps some open. */
function openIn(folder: string): string[] {
  if (!existsSync("/proc/self/fd")) return [];
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // That with which they were listed.
      return "";
    }
  });
  return links.filter((path) => path.startsWith(folder) && statSync(path).isFile()).toSorted();
}
