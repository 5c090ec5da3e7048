// Holds the memory store to the contract of stores, and its file to what files do.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError, VirtualClock } from "@socketlab/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { openMemoryStore } from "../../src/tracker/server/memory-store.ts";
import { SetClock, storeContract, visit } from "./contract/store.ts";

function folder(): string {
  return mkdtempSync(join(tmpdir(), "tracker-"));
}

storeContract("memory, with a snapshot", () => {
  const here = folder();
  return {
    open: (options) => openMemoryStore({ ...options, file: join(here, "state") }),
    discard: () => rmSync(here, { recursive: true }),
  };
});

describe("the snapshot", () => {
  const options = { clock: new SetClock(), random: () => 0.5, expiryMs: 1000 };

  function file(): string {
    const here = folder();
    onTestFinished(() => rmSync(here, { recursive: true }));
    return join(here, "state");
  }

  test.each([
    ["something else", "hello"],
    ["another program's", '{"version":1}'],
    ["cut off within a line", '{"socketlab":"tracker","version":1}\n["01'],
    ["a line of nonsense", '{"socketlab":"tracker","version":1}\n["01"]'],
  ])("that is %s is refused, and left as it is", async (_, text) => {
    const at = file();
    writeFileSync(at, text);
    await expect(openMemoryStore({ ...options, file: at })).rejects.toThrow(UsageError);
    await expect(openMemoryStore({ ...options, file: at })).rejects.toThrow(/move it away/);
    expect(readFileSync(at, "utf8")).toBe(text);
  });

  test("is written every minute in which something has changed", async () => {
    const [at, clock] = [file(), new VirtualClock(1e6)];
    const store = await openMemoryStore({ clock, random: () => 0.5, expiryMs: 1e6, file: at });
    await clock.advance(120_000);
    expect(existsSync(at)).toBe(false);
    await visit(store, 1);
    await clock.advance(60_000);
    await expect.poll(() => existsSync(at)).toBe(true);
    await store.close();
  });

  test("that cannot be written is reported, and the store goes on", async () => {
    const errors: Error[] = [];
    const store = await openMemoryStore({
      ...options,
      file: "/nonexistent/state",
      onError: (error) => errors.push(error),
    });
    await visit(store, 1);
    await store.close();
    expect(errors).toHaveLength(1);
  });
});
