// A disk that is full, read-only or not permitted, and a server that is killed: refusals with a sentence, and nothing half.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { seededRandom } from "@socketlab/core";
import { needs } from "@socketlab/core/test-kit";
import { expect, vi } from "vitest";
import { getFrom, noise, treeOf } from "./contract/store-test.ts";
import { folderTest } from "./folder-fixture.ts";

const test = folderTest();
const program = fileURLToPath(new URL("store-process.ts", import.meta.url));
const run = promisify(execFile);

/** Runs it in a mount namespace of its own, on a disk of its own. @returns what it saw. */
async function onDisk(options: string, scenario: string, folder: string): Promise<Record<string, unknown>> {
  const script = `mount -t tmpfs -o ${options} none "$0" && exec "$1" "$2" ${scenario} "$0"`;
  const args = ["--mount", "--map-root-user", "sh", "-c", script, folder, process.execPath, program];
  const { stdout } = await run("unshare", args);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test(
  "on a full disk writing is refused; what is there is kept, and the upload goes on when there is room",
  needs("a mount namespace"),
  async ({ served }) => {
    const seen = await onDisk("size=4m", "full", served);
    expect(seen["errors"]).toHaveLength(3);
    for (const error of [...(seen["errors"] as string[]), seen["small"]])
      expect(error).toMatch(/^no-space: (a\/file|small) cannot be (written|finished): the disk is full$/u);
    expect(seen["meanwhile"]).toEqual(["ballast", "before"]);
    expect(seen["before"]).toBe("before");
    expect(seen["had"]).toBeGreaterThan(1_000_000);
    expect(seen["isWhole"]).toBe(true);
    expect(seen["after"]).toEqual(["a/", "a/file", "before"]);
  },
);

test("a read-only disk is served for reading", needs("a mount namespace"), async ({ served }) => {
  const seen = await onDisk("size=4m", "readOnly", served);
  expect(seen["status"]).toBe(0);
  expect(seen["said"]).toHaveLength(4);
  for (const error of seen["said"] as string[])
    expect(error).toMatch(/^not-allowed: .*may only read its folder$/u);
  expect(seen["content"]).toBe("abc");
});

test(
  "what this user may not write is served for reading, and what he may not read is refused",
  needs("another user"),
  async () => {
    // Vitest's own folders may be closed to others.
    const folder = mkdtempSync(join(tmpdir(), "file-transfer-denied-"));
    try {
      chmodSync(folder, 0o755);
      writeFileSync(join(folder, "file"), "abc");
      writeFileSync(join(folder, "secret"), "secret", { mode: 0o600 });
      const { stdout } = await run(process.execPath, [program, "denied", folder]);
      const seen = JSON.parse(stdout) as Record<string, unknown>;
      expect(seen["said"]).toHaveLength(4);
      for (const error of seen["said"] as string[])
        expect(error).toMatch(/^not-allowed: this server may only read/u);
      expect(seen["secret"]).toMatch(/^not-allowed: secret cannot be read: .*no permission/u);
      expect(seen).toMatchObject({ content: "abc", tree: ["file", "secret"] });
      expect(readdirSync(folder).toSorted()).toEqual(["file", "secret"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("after kill -9 every file that has its name is whole, what was acknowledged is there, and the rest is gone on with", async ({
  top,
  served,
  open,
  leftovers,
}) => {
  const random = seededRandom(3);
  const log = join(top, "log");
  for (let round = 0; round < 8; round++) {
    const output = openSync(log, "a");
    const from = statSync(log).size;
    const child = spawn(process.execPath, [program, "keep", served, String(round)], {
      stdio: ["ignore", output, "inherit"],
    });
    closeSync(output);
    const ended = once(child, "exit");
    await vi.waitFor(() => expect(statSync(log).size).toBeGreaterThan(from + 1000), { timeout: 20_000 });
    await delay(random() * 100);
    child.kill("SIGKILL");
    await ended;
  }
  // Later than anything that was left is kept.
  const week = 8 * 86_400_000;
  const later = { now: () => Date.now() + week, after: () => ({ clear: () => {} }) };
  const atOnce = await open();
  const left = leftovers().length;
  expect(left).toBeGreaterThan(0);
  const paths = (await treeOf(atOnce)).filter((path) => !path.endsWith("/"));
  for (const path of paths) {
    const [, who, index] = /^(\d+)\/folder \d\/file (\d+)$/u.exec(path)!.map(Number);
    expect((await getFrom(atOnce, path)).equals(noise(1 + index! * 20_000, who! * 100 + index!)), path).toBe(
      true,
    );
    expect(await atOnce.stat(path)).toMatchObject({ mtimeMs: 1000 * (index! + 1), mode: 0o640 });
  }
  const lines = readFileSync(log, "utf8");
  for (const [, name] of lines.matchAll(/^finished (.*)$/gmu)) expect(paths).toContain(name);
  expect(paths.length).toBeGreaterThan(20);
  expect(lines.match(/^resumed$/gmu)?.length ?? 0).toBeGreaterThan(0);
  await atOnce.close();
  await open({ clock: later });
  expect(leftovers()).toEqual([]);
});
