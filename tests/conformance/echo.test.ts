// The checks for echo servers, checked: a right one passes all, each wrong one is caught by name.
import { expect, test } from "vitest";
import { runConformance, type Verdict } from "./conformance-process.ts";

const file = (name: string): string => new URL(`echo/${name}`, import.meta.url).pathname;

const conformance = (...args: string[]): Promise<Verdict> => runConformance(file("main.ts"), args);

const main = new URL("../../apps/echo/src/main.js", import.meta.url).pathname;
const doors = ["tcp", "tls", "udp", "ws"].flatMap((name) => ["--listen", `${name}://127.0.0.1:0`]);

test.each([
  ["an echo server on core", [file("core-server.ts")]],
  ["the echo app", [main, "server", ...doors, "--json"]],
])("%s passes every check over TCP, UDP and WebSocket", { timeout: 60_000 }, async (_what, server) => {
  const { code, output } = await conformance("--", process.execPath, ...server);
  expect(output).not.toMatch(/^not ok/mu);
  expect(output).toContain("# every check passed");
  for (const name of ["tcp-until-the-end", "udp-boundaries", "ws-binary"]) expect(output).toContain(name);
  expect(code).toBe(0);
});

test.concurrent.each([
  ["adds-a-byte", "tcp-nothing-more"],
  ["drops-the-last", "tcp-same-bytes"],
  ["closes-early", "tcp-stays-open"],
  ["upper-cases", "tcp-every-byte"],
  ["waits-for-a-newline", "tcp-at-once"],
  ["one-at-a-time", "tcp-silent-client"],
  ["never-ends", "tcp-until-the-end"],
  ["mixes-clients", "tcp-two-at-a-time"],
  ["udp-twice", "udp-one-answer"],
  ["udp-cuts", "udp-large"],
])("a server that is wrong (%s) fails %s", { timeout: 60_000 }, async (way, check) => {
  const { code, output } = await conformance(
    "--timeout",
    "400",
    "--",
    process.execPath,
    file("wrong-server.ts"),
    way,
  );
  expect(output).toMatch(new RegExp(`^not ok \\d+ ${check}: `, "mu"));
  expect(output).toMatch(/^ +came /mu);
  expect(code).toBe(1);
});

test("a command that does not say where it listens, and a wrong command line, are exit code 2 and a sentence", async () => {
  const silent = await conformance("--", process.execPath, "-e", "console.log('hello')");
  expect(silent).toMatchObject({ code: 2 });
  expect(silent.output).toContain("did not say where it listens");
  expect(await conformance()).toMatchObject({ code: 2, output: expect.stringContaining("usage:") as string });
});
