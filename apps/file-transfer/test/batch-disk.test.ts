// A disk that is full in the middle of small files that came in one message.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { needs } from "@socketlab/core/test-kit";
import { expect } from "vitest";
import { folderTest } from "./folder-fixture.ts";

const test = folderTest();
const program = fileURLToPath(new URL("batch-process.ts", import.meta.url));

interface Seen {
  readonly refused: string[];
  readonly meanwhile: string[];
  readonly refusedAgain: string[];
  readonly after: string[];
  readonly error?: string;
}

test(
  "those that have no room are refused, each is there as a whole or as it was, and when there is room all are done",
  needs("a mount namespace"),
  async ({ served }) => {
    const script = 'mount -t tmpfs -o size=1m none "$0" && exec "$1" "$2" "$0"';
    const args = ["--mount", "--map-root-user", "sh", "-c", script, served, process.execPath, program];
    const { stdout } = await promisify(execFile)("unshare", args);
    const seen = JSON.parse(stdout) as Seen;
    const isRefused = (index: number): boolean => seen.refused.includes(`${index} no-space`);
    expect(seen.refused.length).toBeGreaterThan(0);
    expect(seen.refused.length).toBeLessThan(8);
    for (const one of seen.refused) expect(one).toMatch(/^\d no-space$/);
    for (const [index, content] of seen.meanwhile.entries())
      expect(content).toBe(!isRefused(index) ? "whole" : index === 0 ? "before" : "not there");
    expect(seen.refusedAgain).toEqual([]);
    expect(new Set(seen.after)).toEqual(new Set(["whole"]));
    expect(seen.error).toBeUndefined();
  },
);
