// Is the bound that of the book, the picture one that every reader can see, and the time that of real processes?
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, findCompiler } from "../build.ts";
import { LeftOut } from "../commands/left-out.ts";
import { openWorkspace, type Workspace } from "../commands/workspace.ts";
import { boundSeconds, peerBoundSeconds, type Distribution } from "../distribution/bound.ts";
import { measureDistribution } from "../distribution/measure.ts";
import { plotDistribution } from "../distribution/plot.ts";
import { formatDistribution } from "../distribution/report.ts";
import { describeRuns } from "../report.ts";

const compiler = process.platform === "linux" ? findCompiler() : undefined;
const MEBIBYTE = 1024 * 1024;
const distribution: Distribution = {
  fileBytes: 2 * MEBIBYTE,
  uploadBytesPerSecond: 4 * MEBIBYTE,
  peerBytesPerSecond: MEBIBYTE,
  downloadBytesPerSecond: 2 * MEBIBYTE,
};

test("the slowest client decides while there are few of them, then the server's copies", () => {
  expect([1, 2, 3, 8].map((clients) => boundSeconds(distribution, clients))).toEqual([1, 1, 1.5, 4]);
});

test("where no client is slow, the server decides from the first on", () => {
  const fast = { ...distribution, downloadBytesPerSecond: Infinity };
  expect([1, 2].map((clients) => boundSeconds(fast, clients))).toEqual([0.5, 1]);
});

test("peers who pass it on need no longer with each one more, but for what the seed must send", () => {
  expect([1, 2, 4, 1000].map((peers) => peerBoundSeconds(distribution, peers))).toEqual([
    1,
    1,
    1,
    (1000 / (4 + 1000)) * 2,
  ]);
});

const runs = [1, 2, 4].map((clients) => ({
  way: "client-server" as const,
  clients,
  seconds: clients * 1.1,
  firstSeconds: clients,
}));
const amongPeers = runs.map((run) => ({ ...run, way: "peer-to-peer" as const, seconds: 1.5 }));

test("the table has each number of clients beside its bound", () => {
  expect(formatDistribution(distribution, runs)).toMatch(/\| 4 +\| 2.00 +\| 1.00 +\| 2.00 .*2.200/);
});

test("the table has both ways, each beside its own bound", () => {
  const table = formatDistribution(distribution, [...runs, ...amongPeers]);
  expect(table).toMatch(/\| 4 +\| 2.00 +\| 1.00 +\| 2.00 .*2.200.* \| 1.00 .*1.500/);
});

test("what is the same in all runs has no range, and where no client is slow, no column is for that", () => {
  const fast = { ...distribution, downloadBytesPerSecond: Infinity };
  const [head, , row] = formatDistribution(fast, runs).split("\n");
  expect(head).not.toContain("F/d_min");
  expect(row).toMatch(/^\| 1 +\| 0\.50 +\| 0\.50 +\| 1\.00 +\| 1\.10 +\| 2\.200 +\|/);
  const again = runs.map((run) => ({ ...run, seconds: run.seconds + 1 }));
  expect(formatDistribution(fast, [...runs, ...again])).toContain("1.60 (1.10–2.10)");
});

test("what was measured once is said to be, and nothing of a range", () => {
  expect([describeRuns(1), describeRuns(3)]).toEqual(["1 run", "3 runs; median (min–max)"]);
  expect(describeRuns(1, " of 2 s")).toBe("1 run of 2 s");
});

test("the picture has a name, a description, a dark form, and a dot for each number that was measured", () => {
  const picture = plotDistribution(distribution, runs);
  expect(picture).toContain('role="img" aria-labelledby="title desc"');
  expect(picture).toContain("With 4 clients it takes 4.4 s; D_cs is 2.0 s.");
  expect(picture).toContain("prefers-color-scheme: dark");
  expect(picture.match(/<path class="measured s0" transform/g)).toHaveLength(runs.length + 1);
  expect(picture).not.toMatch(/NaN|Infinity|undefined/);
});

test("the picture of both ways has a shape of its own for each, and both bounds", () => {
  const picture = plotDistribution(distribution, [...runs, ...amongPeers]);
  expect(picture.match(/<path class="measured s1" transform/g)).toHaveLength(runs.length + 1);
  expect(picture).toMatch(/<polyline class="bound".*<polyline class="other"/s);
  expect(picture).toContain("Among 4 peers it takes 1.5 s; D_p2p is 1.0 s.");
});

test("the picture of clients that are not slowed down has no line for that", () => {
  const picture = plotDistribution({ ...distribution, downloadBytesPerSecond: Infinity }, runs);
  expect(picture).not.toMatch(/NaN|Infinity|undefined|F\/d_min/);
});

describe.skipIf(compiler === undefined)("a distribution", () => {
  let accountant = "";
  let workspace: Workspace;
  beforeAll(() => {
    accountant = build(compiler ?? "cc").accountant;
    workspace = openWorkspace();
  });
  afterAll(() => workspace.remove());

  test("takes at least as long as its bound", { timeout: 60_000 }, async () => {
    const clients = 3;
    const measured = await measureDistribution(accountant, workspace, distribution, clients).catch(
      (error: unknown) => error,
    );
    if (measured instanceof LeftOut) {
      expect(measured.message).toMatch(/^not in this version: .*--rate/);
      return;
    }
    const bound = boundSeconds(distribution, clients);
    expect(measured).toMatchObject({ clients, seconds: expect.any(Number) });
    // What may leave at once, before the rate tells, is counted in chunks: a few of this small file.
    expect((measured as { seconds: number }).seconds).toBeGreaterThan(bound * 0.7);
  });
});
