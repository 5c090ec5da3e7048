// Ctrl-C among many small files, in both directions: it ends at once, and the same command goes on. Both sides are processes.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom } from "@socketlab/core";
import { TestProcess } from "@socketlab/core/test-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noise } from "./contract/store-test.ts";
import { fileTransfer, main, startServer } from "./processes.ts";

const FILES = 600;
const MOST_BYTES = 20_000;
let folder = "";
let [source, served] = ["", ""];
let server: TestProcess;
let url = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "batch-interrupted-"));
  [source, served] = [join(folder, "here/tree"), join(folder, "there")];
  mkdirSync(served);
  const random = seededRandom(5);
  const content = noise(2 * MOST_BYTES);
  for (let n = 0; n < FILES; n++) {
    const [from, bytes] = [random(), random()].map((one) => Math.floor(one * MOST_BYTES)) as [number, number];
    mkdirSync(join(source, `sub ${n % 7}`), { recursive: true });
    writeFileSync(join(source, `sub ${n % 7}/${n}`), content.subarray(from, from + bytes));
  }
  const started = await startServer(served, ["tcp://127.0.0.1:0"]);
  server = started.server;
  url = started.urls[0]!;
});
afterEach(async () => {
  await server.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** All there is at a place, by its path there; folders as undefined. */
function contentOf(root: string): Map<string, Buffer | undefined> {
  const names = (readdirSync(root, { recursive: true }) as string[]).toSorted();
  return new Map(
    names.map((name) => {
      const path = join(root, name);
      return [name, statSync(path).isFile() ? readFileSync(path) : undefined];
    }),
  );
}

test.each(["put", "get"] as const)(
  "%s ends at once with 130, what has its name is whole, and the same command finishes",
  async (command) => {
    const args = command === "put" ? ["put", source, url] : ["get", `${url}/tree`, join(folder, "back")];
    if (command === "get") await fileTransfer(["put", source, url]);
    const target = command === "put" ? join(served, "tree") : join(folder, "back/tree");
    const wanted = contentOf(source);
    const random = seededRandom(command === "put" ? 1 : 2);
    let finished = 0;
    for (let round = 0; round < 3; round++) {
      const client = TestProcess.start(process.execPath, [main, ...args, "--json", "--rate", "300k"]);
      await client.says(/"event":"(sent|fetched)"/);
      await delay(random() * 300);
      const beganMs = performance.now();
      const { code, stdout } = await client.stop("SIGINT");
      // At this rate all of it takes twenty seconds; a busy machine has its moment.
      expect(performance.now() - beganMs).toBeLessThan(3000);
      expect(code).toBe(130);
      finished += stdout.toString().match(/"event":"(sent|fetched)"/g)!.length;
      for (const [name, content] of contentOf(target))
        if (!name.endsWith(".part"))
          expect(content?.equals(wanted.get(name)!), name).toBe(wanted.get(name) && true);
    }
    const last = await fileTransfer([...args, "--json"]);
    expect(last.code).toBe(0);
    const kept = last.stdout.toString().match(/"event":"there already"/g)?.length ?? 0;
    expect(kept).toBeGreaterThanOrEqual(finished);
    expect(kept).toBeLessThan(FILES);
    const got = contentOf(target);
    expect([...got.keys()]).toEqual([...wanted.keys()]);
    for (const [name, content] of got) expect(content?.equals(wanted.get(name)!), name).toBe(content && true);
    expect(readdirSync(join(served, ".socketlab/incoming"))).toEqual([]);
  },
);
