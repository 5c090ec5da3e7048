// Small files on their way to a server: what becomes of one that is not as it was, or is not taken, and of the others.
import { appendFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, vi } from "vitest";
import { pace } from "@socketlab/disk-kit";
import { SMALL_BYTES, verifications } from "../../src/protocol.ts";
import { readBatch } from "../../src/transfer/batch.ts";
import { altered, commandTest, spoiled, type Commanding, type Event } from "./commanding.ts";

const test = commandTest();
afterEach(() => void vi.restoreAllMocks());

const failed = (events: readonly Event[]): Event[] => events.filter(({ event }) => event === "failed");

/** What the server has, by the names here. */
function thereOf({ store }: Commanding): Record<string, string> {
  const files = Array.from(
    store.files,
    ([path, { bytes }]) => [path, Buffer.from(bytes).toString()] as const,
  );
  return Object.fromEntries(files.map(([path, content]) => [path.slice("here/".length), content]));
}

/** How often each file is sent. */
function countSent(commanding: Commanding): Map<string, number> {
  const sent = new Map<string, number>();
  const { hear } = commanding;
  commanding.hear = (message, connection) => {
    if (message.type === "batch")
      for (const { path } of readBatch(message.files)) sent.set(path, (sent.get(path) ?? 0) + 1);
    return hear(message, connection);
  };
  return sent;
}

test("a file that has gone, or can no longer be read, fails alone and says why; the others arrive", async ({
  commanding,
}) => {
  for (const name of ["a", "gone", "loop", "turned", "z"]) commanding.put(name, `content of ${name}`);
  commanding.meanwhile = () => {
    for (const name of ["gone", "loop", "turned"]) rmSync(join(commanding.here, name));
    symlinkSync("loop", join(commanding.here, "loop"));
    mkdirSync(join(commanding.here, "turned"));
  };
  const { code, events } = await commanding.run("put");
  expect(thereOf(commanding)).toEqual({ a: "content of a", z: "content of z" });
  const why = Object.fromEntries(failed(events).map(({ path, detail }) => [path, detail]));
  expect(why).toEqual({
    "here/gone": expect.stringMatching(/^cannot read ".*gone" \(ENOENT\)$/),
    "here/loop": expect.stringMatching(/^cannot read ".*loop" \(ELOOP\)$/),
    "here/turned": expect.stringMatching(/\w+/),
  });
  expect(code).toBe(3);
});

test("files that grow meanwhile arrive as they are then: alone when they are no longer small, or have no room", async ({
  commanding,
}) => {
  const names = Array.from({ length: 12 }, (_, n) => `f${n}`);
  for (const name of names) commanding.put(name, name);
  const large = "x".repeat(SMALL_BYTES + 1);
  commanding.meanwhile = () => {
    for (const name of names) commanding.put(name, name.repeat(SMALL_BYTES / 2).slice(0, SMALL_BYTES));
    commanding.put("f3", large);
  };
  const sent = countSent(commanding);
  const { code, events } = await commanding.run("put");
  expect([code, failed(events)]).toEqual([0, []]);
  const there = thereOf(commanding);
  for (const name of names)
    expect(there[name] === (name === "f3" ? large : name.repeat(SMALL_BYTES / 2).slice(0, SMALL_BYTES))).toBe(
      true,
    );
  expect(sent.has("here/f3")).toBe(false);
  expect(sent.size).toBeLessThan(names.length - 1);
});

test("a file that changes while it is read is told, and is not sent", async ({ commanding }) => {
  for (const name of ["a", "changing", "z"]) commanding.put(name, name);
  const time = pace.time.bind(pace);
  // Whenever something is read, and so between when it is opened and when it has been read.
  vi.spyOn(pace, "time").mockImplementation((read) => {
    appendFileSync(join(commanding.here, "changing"), "more");
    return time(read);
  });
  const { code, events } = await commanding.run("put");
  expect(failed(events)).toEqual([
    {
      event: "failed",
      path: "here/changing",
      code: "changed",
      detail: expect.stringMatching(/changing has changed while it was being sent; send it again$/),
    },
  ]);
  expect(Object.keys(thereOf(commanding)).toSorted()).toEqual(["a", "z"]);
  expect(code).toBe(3);
});

test.for([1, 2, 3, 4])(
  "a file that arrives spoiled %i times in a row is sent three times at most, and the others once",
  async (times, { commanding }) => {
    for (const name of ["a", "b", "c"]) commanding.put(name, `content of ${name}`);
    let left = times;
    commanding.hear = (message) =>
      message.type !== "batch"
        ? message
        : altered(message, (files) =>
            files.map((file) => (file.path === "here/b" && left-- > 0 ? spoiled(file) : file)),
          );
    const sent = countSent(commanding);
    const { code, events } = await commanding.run("put");
    expect(sent.get("here/b")).toBe(Math.min(3, times + 1));
    expect([sent.get("here/a"), sent.get("here/c")]).toEqual([1, 1]);
    const isThere = times < 3;
    expect(thereOf(commanding)).toEqual({
      a: "content of a",
      ...(isThere && { b: "content of b" }),
      c: "content of c",
    });
    expect(failed(events)).toMatchObject(isThere ? [] : [{ path: "here/b", code: "bad-hash" }]);
    expect(code).toBe(isThere ? 0 : 3);
  },
);

test("what the server refuses fails alone, with the server's sentence", async ({ commanding }) => {
  for (const name of ["a", "b", "c"]) commanding.put(name, name);
  commanding.store.writing.add("here/b");
  const { code, events } = await commanding.run("put");
  expect(failed(events)).toMatchObject([
    { path: "here/b", code: "busy", detail: "somebody else is writing here/b" },
  ]);
  expect(Object.keys(thereOf(commanding)).toSorted()).toEqual(["a", "c"]);
  expect(code).toBe(3);
});

test("a server that refuses a file which was not sent is not believed", async ({ commanding }) => {
  commanding.put("a", "a");
  commanding.say = (message) =>
    message.type === "batchDone"
      ? { ...message, refused: [{ index: 1, code: "busy", detail: "no" }] }
      : message;
  await expect(commanding.run("put")).rejects.toMatchObject({
    code: "bad-message",
    message: expect.stringContaining("refused file 1 of a batch of 1"),
  });
});

test.for(verifications)(
  "with --hash %s it says so of each file, and to the server",
  async (hash, { commanding }) => {
    for (const name of ["a", "empty"]) commanding.put(name, name === "a" ? "content" : "");
    const said: string[] = [];
    commanding.hear = (message) => {
      if (message.type === "batch") said.push(verifications[message.verification]!);
      return message;
    };
    const { code, events } = await commanding.run("put", "--hash", hash);
    expect(said).toEqual([hash]);
    expect(events).toMatchObject([{ verified: hash }, { verified: hash }]);
    expect(thereOf(commanding)).toEqual({ a: "content", empty: "" });
    expect(code).toBe(0);
  },
);
