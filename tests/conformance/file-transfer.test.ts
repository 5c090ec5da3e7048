// The checks for file-transfer servers, checked: a right one passes all, each wrong one is caught by name.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runConformance, type Verdict } from "./conformance-process.ts";

const file = (name: string): string => new URL(`file-transfer/${name}`, import.meta.url).pathname;
const main = new URL("../../apps/file-transfer/src/main.js", import.meta.url).pathname;
vi.setConfig({ testTimeout: 240_000 });
let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "file-conformance-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const conformance = (...args: string[]): Promise<Verdict> => runConformance(file("main.ts"), args);

test("the file-transfer app passes every check over TCP and WebSocket, and when it is killed", async () => {
  const served = join(folder, "outer/served");
  mkdirSync(served, { recursive: true });
  writeFileSync(join(folder, "outer/x"), "not to be touched");
  const doors = ["tcp", "ws"].flatMap((transport) => ["--listen", `${transport}://127.0.0.1:0`]);
  const server = [process.execPath, main, "server", "--folder", served, ...doors, "--json"];
  const { code, output } = await conformance("--timeout", "15000", "--", ...server);
  expect(output).not.toMatch(/^not ok/mu);
  expect(output).toContain("# every check passed");
  for (const name of ["tcp-put-resume", "ws-http-ranges", "half-survives-hidden"])
    expect(output).toContain(name);
  expect(code).toBe(0);
  // Nothing has left the folder, and nothing is left in it.
  expect(readdirSync(join(folder, "outer")).toSorted()).toEqual(["served", "x"]);
  expect(readFileSync(join(folder, "outer/x"), "utf8")).toBe("not to be touched");
  expect(readdirSync(served)).toEqual([".socketlab"]);
});

const planted = [
  ["believes-chunks", "tcp-put-bad-hash"],
  ["believes-the-whole", "tcp-put-bad-whole"],
  ["names-early", "tcp-put-hidden"],
  ["climbs", "tcp-bad-path: parent folders"],
  ["sends-unwanted", "tcp-get-only-wanted"],
  ["flips", "tcp-get-bytes"],
  ["begins-anew", "tcp-put-resume"],
  ["trusts-what-it-has", "tcp-put-resume-changed"],
  ["mixes", "tcp-put-busy"],
  ["takes-all", "tcp-put-broken: not wanted yet"],
  ["wants-all", "tcp-put-bounded"],
  ["waits-for-one", "tcp-get-interleaved"],
  ["acknowledges-early", "done-survives"],
  ["forgets-pages", "tcp-list-pages"],
  ["believes-small", "tcp-batch-bad-hash"],
  ["swaps-small", "tcp-batch-get"],
  ["takes-half", "tcp-batch-broken: cut within a file"],
  ["lives-on", "tcp-broken: no JSON"],
] as const;

test("the small server, when nothing is wrong with it, passes the checks that are to catch it", async () => {
  const checks = planted.map(([, check]) => check);
  const { code, output } = await wrong("nothing", checks);
  expect(output).not.toMatch(/^not ok/mu);
  expect([code, output.match(/^ok /gmu)?.length]).toEqual([0, new Set(checks).size]);
});

test.concurrent.each(planted)("a server that is wrong (%s) fails %s", async (way, check) => {
  const { code, output } = await wrong(way, [check]);
  expect(output).toContain(`not ok 1 ${check}: `);
  expect(output).toMatch(/^ +came /mu);
  expect(code).toBe(1);
});

function wrong(way: string, checks: readonly string[]): ReturnType<typeof conformance> {
  const only = checks.flatMap((check) => ["--only", check]);
  const server = [file("wrong-server.ts"), way, join(folder, way)];
  return conformance("--timeout", "2000", ...only, "--", process.execPath, ...server);
}
