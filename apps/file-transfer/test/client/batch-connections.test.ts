// Small files over connections that are lost, slow, or several; and the memory that they take.
import { join } from "node:path";
import { expect } from "vitest";
import { MAX_BATCH_FILES } from "../../src/protocol.ts";
import { readBatch } from "../../src/transfer/batch.ts";
import { altered, commandTest, filesIn, type Commanding } from "./commanding.ts";

const test = commandTest();
const KIB = 1024;

/** So many files of so many bytes, here or there, each with another content. */
function make(commanding: Commanding, where: "here" | "there", count: number, bytes: number): string[] {
  const names = Array.from({ length: count }, (_, n) => `f${String(n).padStart(4, "0")}`);
  for (const name of names) {
    const content = Buffer.alloc(bytes, name);
    if (where === "here") commanding.put(name, content);
    else commanding.store.put(name, content);
  }
  return names;
}

function expectSame({ store, here }: Commanding, names: readonly string[], prefix = ""): void {
  const files = filesIn(here);
  expect(Object.keys(files)).toEqual(names);
  expect([...store.files.keys()].toSorted()).toEqual(names.map((name) => `${prefix}${name}`));
  for (const name of names)
    expect(files[name] === Buffer.from(store.files.get(`${prefix}${name}`)!.bytes).toString(), name).toBe(
      true,
    );
}

test.for([0, 4, 10])(
  "when the connection is lost and %i of 10 files have come, get fetches the rest alone over the next",
  async (came, { commanding }) => {
    const names = make(commanding, "there", 10, 100);
    const asked: string[][] = [];
    commanding.hear = (message) => {
      if (message.type === "getBatch") asked.push(message.paths.toSorted());
      return message;
    };
    commanding.say = async (message, connection) => {
      if (connection > 0) return message;
      if (message.type === "batch") return altered(message, (files) => files.slice(0, came));
      if (message.type === "batchDone") return void setImmediate(() => commanding.cut(0));
      return message;
    };
    const { code, events } = await commanding.run("get");
    expect(asked).toEqual(came === 10 ? [names] : [names, names.slice(came)]);
    expect(events.map(({ event, path }) => `${event} ${path}`).toSorted()).toEqual(
      names.map((name) => `fetched ${join(commanding.here, name)}`),
    );
    expectSame(commanding, names);
    expect(code).toBe(0);
  },
);

test.for(["before it is read", "before it is answered"])(
  "a batch whose connection is lost %s is sent again over the next, and each file is told once",
  async (when, { commanding }) => {
    const names = make(commanding, "here", 10, 100);
    const sent: number[] = [];
    commanding.hear = (message, connection) => {
      if (message.type !== "batch") return message;
      sent.push(connection);
      if (connection > 0 || when !== "before it is read") return message;
      commanding.cut(0);
      throw new Error("cut");
    };
    commanding.say = (message, connection) => {
      if (connection > 0 || message.type !== "batchDone") return message;
      commanding.cut(0);
      return undefined;
    };
    const { code, events } = await commanding.run("put");
    expect(sent).toEqual([0, 1]);
    expect(events.map(({ event, path }) => `${event} ${path}`).toSorted()).toEqual(
      names.map((name) => `sent here/${name}`),
    );
    expectSame(commanding, names, "here/");
    expect(code).toBe(0);
  },
);

test.for(["put", "get"] as const)(
  "a connection that is lost while %s waits for the rate is no error, but a loss",
  async (command, { commanding }) => {
    const names = make(commanding, command === "put" ? "here" : "there", 150, 10 * KIB);
    let isCut = false;
    const cutOnce = <Message extends { type: string }>(message: Message): Message => {
      // The next one waits for its turn then.
      if (message.type === "batch" && !isCut)
        isCut = (commanding.clock.after(100, () => commanding.cut(0)), true);
      return message;
    };
    if (command === "put") commanding.hear = cutOnce;
    else commanding.say = cutOnce;
    const { code, events } = await commanding.run(command, "--rate", "64k");
    expect([code, isCut]).toEqual([0, true]);
    expect(events).toHaveLength(names.length);
    expectSame(commanding, names, command === "put" ? "here/" : "");
  },
);

test("given up after so many times in a row, when nothing has moved in between", async ({ commanding }) => {
  make(commanding, "here", 3, 10);
  let tries = 0;
  commanding.hear = (message, connection) => {
    if (message.type === "batch") {
      tries++;
      commanding.cut(connection);
    }
    return message;
  };
  await expect(commanding.run("put", "--retries", "2")).rejects.toMatchObject({ name: "ClosedError" });
  expect(tries).toBe(3);
});

test.for(["put", "get"] as const)("--rate holds for %s of small files", async (command, { commanding }) => {
  const names = make(commanding, command === "put" ? "here" : "there", 200, 20 * KIB);
  const { code, ms } = await commanding.run(command, "--rate", "400k");
  expect(code).toBe(0);
  const least = (names.length * 20 * 1000) / 400;
  expect(ms).toBeGreaterThan(0.97 * least);
  expect(ms).toBeLessThan(1.1 * least);
});

test.for(["put", "get"] as const)(
  "with --connections 4 %s gives each its share of the batches at once",
  async (command, { commanding }) => {
    // As many as a client has on their way at a time, whatever its connections.
    const batches = 8;
    const names = make(commanding, command === "put" ? "here" : "there", batches * MAX_BATCH_FILES, 1);
    const perConnection = [0, 0, 0, 0];
    let held = 0;
    const kind = command === "put" ? "batch" : "getBatch";
    // Nothing is answered until as many are under way as there can be.
    const all = Promise.withResolvers<void>();
    commanding.hear = (message, connection) => {
      if (message.type === kind) {
        perConnection[connection]!++;
        if (++held === batches) all.resolve();
        commanding.clock.after(1000, all.resolve);
      }
      return message;
    };
    commanding.say = async (message) => {
      if (message.type === "batch" || message.type === "batchDone") await all.promise;
      return message;
    };
    expect(await commanding.run(command, "--connections", "4")).toMatchObject({ code: 0 });
    expect(perConnection).toEqual([2, 2, 2, 2]);
    expectSame(commanding, names, command === "put" ? "here/" : "");
  },
);

test.for(["put", "get"] as const)(
  "with %s batches are received in few blocks of memory, used again and again",
  async (command, { commanding }) => {
    const names = make(commanding, command === "put" ? "here" : "there", 30 * 8, 60 * KIB);
    const buffers = new Set<ArrayBufferLike>();
    let batches = 0;
    const look = <Message extends { type: string }>(message: Message): Message => {
      if (message.type === "batch") {
        const { files } = message as unknown as { files: Uint8Array };
        expect(readBatch(files).length).toBeGreaterThan(1);
        buffers.add(files.buffer);
        batches++;
      }
      return message;
    };
    if (command === "put") commanding.hear = look;
    else commanding.arrived = look;
    expect(await commanding.run(command)).toMatchObject({ code: 0 });
    expect(batches).toBe(30);
    expect(buffers.size).toBeLessThan(10);
    expectSame(commanding, names, command === "put" ? "here/" : "");
  },
);
