// Tokens where small files come and go several in one message: each file is judged by itself.
import { randomBytes } from "node:crypto";
import { signToken } from "@socketlab/core/server-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Gate } from "../src/server/gate.ts";
import { RecordingStore } from "./conversing.ts";
import { MemoryStore } from "./memory-store.ts";
import { batchOf, filesOf, getBatch, talk } from "./talking.ts";

const secret = new Uint8Array(randomBytes(48));
const later = Date.now() + 3_600_000;
const sign = (claims: Record<string, unknown>): Promise<string> =>
  signToken(secret, { name: "ada", expiresAtMs: later, claims });
const filled = (paths: readonly string[]) => paths.map((path) => ({ path, content: path }));

test("without a token each is refused, and nothing is touched", async () => {
  const store = new RecordingStore();
  const ann = talk(store, { gate: new Gate({ secret }) });
  expect(await ann.ask(await batchOf(1, filled(["a", "b"])))).toEqual(["0 token-needed", "1 token-needed"]);
  expect(await ann.ask(getBatch(2, ["a", "b"]))).toEqual(["0 token-needed", "1 token-needed"]);
  ann.end();
  expect(await ann.over).toBeUndefined();
  expect(store.touched).toEqual([]);
});

test("what the token allows is done, and what it does not is refused by its place", async () => {
  const store = new MemoryStore();
  for (const path of ["inbox/a", "other/b"]) store.put(path, Buffer.from(path));
  const ann = talk(store, { gate: new Gate({ secret }) });
  ann.say({ type: "hello", token: await sign({ read: ["inbox"], write: ["inbox/ada"] }) });
  const paths = ["other/new", "inbox/ada/new", "inbox/new", "inbox/ada/../new", "inbox/adam"];
  const refused = await ann.ask(await batchOf(1, filled(paths)));
  expect(refused).toEqual(["0 not-allowed", "2 not-allowed", "3 bad-path", "4 not-allowed"]);
  expect([...store.files.keys()]).toEqual(["inbox/a", "other/b", "inbox/ada/new"]);
  const asked = getBatch(2, ["other/b", "inbox/a", "inbox/../other/b", "inbox/ada/new"]);
  expect(await ann.ask(asked)).toEqual(["0 not-allowed", "2 bad-path"]);
  expect(filesOf(ann.answers)).toEqual({ "inbox/a": "inbox/a", "inbox/ada/new": "inbox/ada/new" });
  ann.end();
});

test("a token that has expired opens nothing more", async () => {
  let now = later - 2000;
  const store = new MemoryStore();
  const ann = talk(store, { gate: new Gate({ secret, now: () => now }) });
  ann.say({ type: "hello", token: await sign({ read: [""], write: [""] }) });
  expect(await ann.ask(await batchOf(1, filled(["a"])))).toEqual([]);
  now = later;
  expect(await ann.ask(await batchOf(2, filled(["a", "b"])))).toEqual(["0 bad-token", "1 bad-token"]);
  expect(await ann.ask(getBatch(3, ["a"]))).toEqual(["0 bad-token"]);
  expect([...store.files.keys()]).toEqual(["a"]);
  ann.end();
});

test.each([
  ["by its gate", { gate: new Gate({ isReadOnly: true }) }],
  ["for itself", { isReadOnly: true }],
])("a server that is read-only %s takes none, and gives all", async (_how, options) => {
  const store = new MemoryStore();
  store.put("a", Buffer.from("old"));
  const ann = talk(store, options);
  expect(await ann.ask(await batchOf(1, filled(["a", "b"])))).toEqual(["0 not-allowed", "1 not-allowed"]);
  expect(await ann.ask(getBatch(2, ["a"]))).toEqual([]);
  expect(filesOf(ann.answers)).toEqual({ a: "old" });
  expect([...store.files.keys(), ...store.writing]).toEqual(["a"]);
  ann.end();
});

// Few names, so that paths meet scopes; and the tricks.
const name = fc.constantFrom("a", "b", "ab", "A");
const goodPath = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const trick = fc.constantFrom("..", ".", "", "a\\..\\b", "%2e%2e", "\0", ".socketlab");
const anyPath = fc.oneof(
  goodPath,
  fc.array(fc.oneof(name, trick), { maxLength: 4 }).map((names) => names.join("/")),
);
const roots = fc.array(goodPath, { maxLength: 2 });

test("for random scopes and paths nothing outside is touched, and nothing inside is withheld", async () => {
  const gate = new Gate({ secret });
  const scopes = fc.record({ read: roots, write: roots });
  await fc.assert(
    fc.asyncProperty(scopes, fc.array(anyPath, { minLength: 1, maxLength: 12 }), async (scope, paths) => {
      const store = new RecordingStore();
      const ann = talk(store, { gate });
      ann.say({ type: "hello", token: await sign(scope) });
      const answers = {
        write: await ann.ask(await batchOf(1, filled(paths))),
        read: await ann.ask(getBatch(2, paths)),
      };
      ann.end();
      await ann.over;
      const isInside = (path: string, action: "read" | "write"): boolean =>
        scope[action].some((root) => `${path}/`.startsWith(`${root}/`)) && !path.split("/").includes("..");
      for (const { action, path } of store.touched)
        expect(isInside(path, action), `${action} ${path}`).toBe(true);
      for (const action of ["read", "write"] as const)
        for (const [index, path] of paths.entries())
          if (answers[action].includes(`${index} not-allowed`)) expect(isInside(path, action)).toBe(false);
    }),
    { numRuns: 200 },
  );
});
