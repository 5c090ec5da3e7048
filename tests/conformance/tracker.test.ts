// The checks for trackers, checked: a right one passes all, each wrong one is caught by name.
import { expect, test } from "vitest";
import { runConformance, type Verdict } from "./conformance-process.ts";

const file = (name: string): string => new URL(`tracker/${name}`, import.meta.url).pathname;

const conformance = (...args: string[]): Promise<Verdict> => runConformance(file("main.ts"), args);

const main = new URL("../../apps/p2p/src/main.js", import.meta.url).pathname;
const doors = ["http", "udp"].flatMap((name) => ["--listen", `${name}://127.0.0.1:0`]);

test.each([
  ["a small tracker", [file("wrong-server.ts")]],
  ["the tracker of p2p", [main, "tracker", ...doors, "--json"]],
])("%s passes every check over HTTP and UDP", { timeout: 60_000 }, async (_what, server) => {
  const { code, output } = await conformance("--", process.execPath, ...server);
  expect(output).not.toMatch(/^not ok/mu);
  expect(output).toContain("# every check passed");
  for (const name of ["http-tells", "http-every-byte", "udp-tells", "udp-connection-id"])
    expect(output).toContain(name);
  expect(code).toBe(0);
});

test.concurrent.each([
  ["tells-nobody", "http-tells", "udp-tells"],
  ["ports-backwards", "http-tells", "udp-tells"],
  ["mixes-torrents", "http-other-torrent", "udp-other-torrent"],
  ["keeps-the-dead", "http-stopped", "udp-stopped"],
  ["believes-anybody", "http-own-address", "udp-own-address"],
  ["swaps-counts", "http-counts", "udp-counts"],
  ["never-completes", "http-completed", "udp-completed"],
  ["ignores-numwant", "http-numwant", "udp-numwant"],
  ["counts-twice", "http-twice", "udp-twice"],
  ["does-not-sort", "http-bencoding"],
  ["reads-text", "http-every-byte"],
  ["fails-in-html", "http-failure"],
  ["forgets-the-number", "udp-own-answers"],
  ["answers-connect-at-length", "udp-connect", "udp-no-more-than-came"],
  ["explains-at-length", "udp-no-more-than-came"],
  ["takes-any-id", "udp-connection-id"],
  ["serves-pieces", "udp-cut-off"],
  ["wants-98-bytes", "udp-longer"],
])("a tracker that is wrong (%s) fails %s", { timeout: 60_000 }, async (way, ...checks) => {
  const { code, output } = await conformance(
    "--timeout",
    "600",
    ...checks.flatMap((check) => ["--only", check]),
    "--",
    process.execPath,
    file("wrong-server.ts"),
    way,
  );
  for (const check of checks) expect(output).toMatch(new RegExp(`^not ok \\d+ ${check}: `, "mu"));
  expect(output).toMatch(/^ +came /mu);
  expect(code).toBe(1);
});
