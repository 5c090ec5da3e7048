// Small files on their way from a server: what becomes of one that is not as it was listed, is spoiled, or cannot be written
// here, and of the others.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needs } from "@socketlab/core/test-kit";
import { expect } from "vitest";
import { partialPath } from "../../src/client/local-file.ts";
import { SMALL_BYTES, verifications } from "../../src/protocol.ts";
import { hashOf, wholeHash } from "../../src/transfer/chunks.ts";
import { altered, commandTest, filesIn, spoiled, type Commanding, type Event } from "./commanding.ts";

const test = commandTest();

const eventsOf = (events: readonly Event[], kind: string): Event[] =>
  events.filter(({ event }) => event === kind);

function serve({ store }: Commanding, ...names: string[]): void {
  for (const name of names) store.put(name, Buffer.from(`content of ${name}`));
}

/** The paths of each question for small files, in their order. */
function questionsOf(commanding: Commanding): string[][] {
  const asked: string[][] = [];
  const { hear } = commanding;
  commanding.hear = (message, connection) => {
    if (message.type === "getBatch") asked.push(message.paths);
    return hear(message, connection);
  };
  return asked;
}

test("a file that has gone there fails alone and says why; the others are fetched", async ({
  commanding,
}) => {
  serve(commanding, "a", "gone", "z");
  commanding.hear = (message) => {
    if (message.type === "getBatch") commanding.store.files.delete("gone");
    return message;
  };
  const { code, events } = await commanding.run("get");
  expect(filesIn(commanding.here)).toEqual({ a: "content of a", z: "content of z" });
  expect(eventsOf(events, "failed")).toEqual([
    { event: "failed", path: join(commanding.here, "gone"), code: "not-found", detail: "there is no gone" },
  ]);
  expect(code).toBe(3);
});

test("files that have grown there meanwhile are fetched as they are then, one that is no longer small alone", async ({
  commanding,
}) => {
  const names = Array.from({ length: 12 }, (_, n) => `f${n}`);
  serve(commanding, ...names);
  const contentOf = (name: string): string =>
    name.repeat(SMALL_BYTES).slice(0, name === "f3" ? SMALL_BYTES + 1 : SMALL_BYTES);
  const gets: string[] = [];
  commanding.hear = (message) => {
    if (message.type === "getBatch")
      for (const name of names) commanding.store.put(name, Buffer.from(contentOf(name)));
    if (message.type === "get") gets.push(message.path);
    return message;
  };
  const { code, events } = await commanding.run("get");
  expect([code, eventsOf(events, "failed"), gets]).toEqual([0, [], ["f3"]]);
  const got = filesIn(commanding.here);
  expect(Object.keys(got)).toEqual(names.toSorted());
  for (const name of names) expect(got[name] === contentOf(name), name).toBe(true);
});

test.for([1, 2, 3, 4])(
  "a file that arrives spoiled %i times in a row is fetched three times at most, which is told, and the others once",
  async (times, { commanding }) => {
    serve(commanding, "a", "b", "c");
    let left = times;
    commanding.say = (message) =>
      message.type === "batch"
        ? altered(message, (files) =>
            files.map((file) => (file.path === "b" && left-- > 0 ? spoiled(file) : file)),
          )
        : message;
    const asked = questionsOf(commanding);
    const { code, events } = await commanding.run("get");
    const again = Array.from({ length: Math.min(2, times) }, () => ["b"]);
    expect(asked).toEqual([["a", "b", "c"], ...again]);
    expect(eventsOf(events, "bad chunk")).toHaveLength(again.length);
    const isThere = times < 3;
    expect(filesIn(commanding.here)).toEqual({
      a: "content of a",
      ...(isThere && { b: "content of b" }),
      c: "content of c",
    });
    expect(eventsOf(events, "failed")).toMatchObject(
      isThere ? [] : [{ path: join(commanding.here, "b"), code: "bad-hash" }],
    );
    expect(code).toBe(isThere ? 0 : 3);
  },
);

test("where a folder has got in the way of a file, or a file in that of a folder, that file fails alone", async ({
  commanding,
}) => {
  serve(commanding, "a", "b", "c");
  commanding.say = (message) => {
    if (message.type === "batch") mkdirSync(join(commanding.here, "b"));
    return message;
  };
  const { code, events } = await commanding.run("get");
  expect(eventsOf(events, "failed")).toMatchObject([
    { path: join(commanding.here, "b"), detail: expect.stringMatching(/^cannot write ".*b.*" \(EISDIR\)/) },
  ]);
  expect(filesIn(commanding.here)).toMatchObject({ a: "content of a", c: "content of c" });
  expect(code).toBe(3);
});

test(
  "where nothing may be written each file fails, and says why",
  needs("chattr +i"),
  async ({ commanding }) => {
    serve(commanding, "a", "b");
    const chattr = (flag: string): Buffer => execFileSync("chattr", [flag, commanding.here]);
    commanding.meanwhile = () => void chattr("+i");
    try {
      const { code, events } = await commanding.run("get");
      expect(eventsOf(events, "failed").map(({ detail }) => detail)).toEqual([
        expect.stringMatching(/^cannot write ".*a.*" \(EPERM\)$/),
        expect.stringMatching(/^cannot write ".*b.*" \(EPERM\)$/),
      ]);
      expect(code).toBe(1);
    } finally {
      chattr("-i");
    }
  },
);

test("names as long as a disk can keep are fetched, in any script, small files and large", async ({
  commanding,
}) => {
  const names = ["x".repeat(255), "日".repeat(85), `ab${"é".repeat(126)}`, "😀".repeat(63)];
  for (const [n, name] of names.entries())
    commanding.store.put(name, Buffer.alloc(n < 2 ? 5 : SMALL_BYTES + 1, "c"));
  expect(await commanding.run("get")).toMatchObject({ code: 0 });
  expect(Object.keys(filesIn(commanding.here))).toEqual(names.toSorted());
});

test("what an interrupted attempt has left here does no harm, whatever is in it", async ({ commanding }) => {
  commanding.store.put("a", Buffer.from("short"), 5000);
  const entry = { path: "a", kind: "file", size: 5, mtimeMs: 5000, mode: 0o644 } as const;
  writeFileSync(partialPath(join(commanding.here, "a"), entry), "something longer");
  expect(await commanding.run("get")).toMatchObject({ code: 0 });
  expect(filesIn(commanding.here)).toEqual({ a: "short" });
});

test.for(verifications)(
  "with --hash %s it says so of each file, with the hash of the whole",
  async (hash, { commanding }) => {
    serve(commanding, "a");
    commanding.store.put("empty", new Uint8Array());
    const said: string[] = [];
    commanding.say = (message) => {
      if (message.type === "batch") said.push(verifications[message.verification]!);
      return message;
    };
    const { code, events } = await commanding.run("get", "--hash", hash);
    expect(said).toEqual([hash]);
    const wholeOf = (bytes: Uint8Array): string | undefined =>
      hash === "none"
        ? undefined
        : wholeHash(hash, bytes.length === 0 ? new Uint8Array() : hashOf(hash, bytes));
    const hashes = Object.fromEntries(events.map(({ path, hash: whole }) => [path, whole]));
    expect(hashes).toEqual({
      [join(commanding.here, "a")]: wholeOf(Buffer.from("content of a")),
      [join(commanding.here, "empty")]: wholeOf(new Uint8Array()),
    });
    for (const { verified } of events) expect(verified).toBe(hash);
    expect(filesIn(commanding.here)).toEqual({ a: "content of a", empty: "" });
    expect(code).toBe(0);
  },
);
