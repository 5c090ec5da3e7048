// The checks for chat servers, checked: a right one passes all, each wrong one is caught by name.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runConformance, type Verdict } from "./conformance-process.ts";

const file = (name: string): string => new URL(`chat/${name}`, import.meta.url).pathname;
const main = new URL("../../apps/chat/src/main.js", import.meta.url).pathname;
vi.setConfig({ testTimeout: 60_000 });
let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "chat-conformance-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const conformance = (...args: string[]): Promise<Verdict> => runConformance(file("main.ts"), args);

const chat = (name: string, ...flags: string[]): string[] => {
  const doors = ["tcp", "ws"].flatMap((transport) => ["--listen", `${transport}://127.0.0.1:0`]);
  return [process.execPath, main, "server", ...doors, "--store", join(folder, name), "--json", ...flags];
};

test("the chat app passes every check over TCP and WebSocket, and when it is killed", async () => {
  const { code, output } = await conformance("--", ...chat("chat.db", "--rate", "0"));
  expect(output).not.toMatch(/^not ok/mu);
  expect(output).toContain("# every check passed");
  for (const name of ["tcp-one-order", "ws-after-while-said", "stored-survives"])
    expect(output).toContain(name);
  expect(code).toBe(0);
});

test("so does one that limits how fast one may speak", async () => {
  const only = ["tcp-too-many-at-once", "ws-holds-up-nobody"].flatMap((name) => ["--only", name]);
  expect(await conformance(...only, "--", ...chat("limited.db", "--rate", "100"))).toMatchObject({ code: 0 });
});

const planted = [
  ["loses", "tcp-nothing-lost"],
  ["tells-twice", "tcp-repeat"],
  ["two-orders", "tcp-one-order"],
  ["forgets-ids", "tcp-repeat"],
  ["acknowledges-early", "stored-survives"],
  ["gap", "tcp-after"],
  ["changes", "tcp-text-kept"],
] as const;

test("the small server, when nothing is wrong with it, passes the checks that are to catch it", async () => {
  const checks = planted.map(([, check]) => check);
  const { code, output } = await wrong("nothing", checks);
  expect([code, output.match(/^ok /gmu)?.length]).toEqual([0, new Set(checks).size]);
});

test.concurrent.each(planted)("a server that is wrong (%s) fails %s", async (way, check) => {
  const { code, output } = await wrong(way, [check]);
  expect(output).toMatch(new RegExp(`^not ok 1 ${check}: `, "mu"));
  expect(output).toMatch(/^ +came /mu);
  expect(code).toBe(1);
});

function wrong(way: string, checks: readonly string[]): ReturnType<typeof conformance> {
  const only = checks.flatMap((check) => ["--only", check]);
  const server = [file("wrong-server.ts"), way, join(folder, `${way}.jsonl`)];
  return conformance("--timeout", "1000", ...only, "--", process.execPath, ...server);
}
