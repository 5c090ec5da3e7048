// What a second attempt to send a file does when the word of the first was lost: against conversations that are made up.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClosedError } from "@socketlab/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RefusedError } from "../../src/client/refused-error.ts";
import type { Remote } from "../../src/client/remote.ts";
import { sending } from "../../src/client/send-file.ts";
import type { FileProgress } from "../../src/client/progress.ts";
import { hashOf, wholeHash } from "../../src/transfer/chunks.ts";

const content = Buffer.from("what is sent");
let folder: string;
let local: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "send-again-"));
  local = join(folder, "file");
  writeFileSync(local, content);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Sends it twice; the first time the connection is lost. @returns how often it was put. */
async function putTwice(stat: () => object): Promise<number> {
  let puts = 0;
  const remote = {
    put: () => (++puts === 1 ? Promise.reject(new ClosedError("closed", "gone")) : Promise.resolve()),
    ask: () => Promise.resolve().then(stat),
  } as unknown as Remote;
  const file = { add: () => {}, keep: () => {}, moved: 0 } as unknown as FileProgress;
  const transfer = sending({ local, path: "file", size: content.length }, "blake3");
  await expect(transfer.act([remote], file, () => {})).rejects.toThrow("gone");
  await transfer.act([remote], file, () => {});
  return puts;
}

function entry(more: object = {}): object {
  const { size, mtimeMs, mode } = statSync(local);
  const time = Math.floor(mtimeMs);
  return { path: "file", kind: "file", size, mtimeMs: time, mode: mode & 0o777, ...more };
}

const hash = wholeHash("blake3", hashOf("blake3", content));

test("what the server has finished is not sent again, although it has forgotten who sent it", async () => {
  expect(await putTwice(() => ({ entry: entry(), hash }))).toBe(1);
});

test.for<[what: string, stat: () => object]>([
  ["another content", () => ({ entry: entry(), hash: "0".repeat(64) })],
  ["another size", () => ({ entry: entry({ size: 1 }), hash })],
  ["another time", () => ({ entry: entry({ mtimeMs: 1 }), hash })],
  ["another mode", () => ({ entry: entry({ mode: 0 }), hash })],
  ["a folder", () => ({ entry: entry({ kind: "folder" }) })],
])("%s of that name is no reason not to send it", async ([, stat]) => {
  expect(await putTwice(stat)).toBe(2);
});

test("nor is a name that is not there, or may not be read", async () => {
  expect(
    await putTwice(() => {
      throw new RefusedError("not-found", "there is nothing of that name");
    }),
  ).toBe(2);
});
