// `p2p scrape` (BEP 48) as a process: what it prints, and how it ends.
import { killRunning } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { announce } from "../../src/tracker/client/announce.ts";
import { app, startTracker, type RunningTracker } from "./process.ts";
import { hash, request } from "./wire.ts";

afterAll(killRunning);

const HASH = "01".repeat(20);
const NOBODY = "udp://127.0.0.1:1";
let tracker: RunningTracker;
beforeAll(async () => {
  tracker = await startTracker();
  await announce(tracker.http, request({ left: 0 }));
  await announce(tracker.http, request({ port: 2, peerId: hash(9) }));
});

async function scraped(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await app.run(["scrape", ...args]);
  return { code, stdout: stdout.toString(), stderr };
}

test("says how many have a torrent, over HTTP and over UDP", async () => {
  for (const url of [tracker.http, tracker.udp])
    expect(await scraped(url, HASH)).toEqual({
      code: 0,
      stdout: `${HASH}  1 seed, 1 leecher, completed 0 times  (${url})\n`,
      stderr: "",
    });
});

test("says that a torrent is not known, and to programs in JSON", async () => {
  const unknown = "ff".repeat(20);
  expect((await scraped(tracker.http, unknown)).stdout).toBe(`${unknown}  not known  (${tracker.http})\n`);
  const { stdout } = await scraped(tracker.http, HASH, unknown, "--json");
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    {
      tracker: tracker.http,
      infoHash: HASH,
      known: true,
      seeds: 1,
      leechers: 1,
      completed: 0,
      downloaders: 1,
    },
    { tracker: tracker.http, infoHash: unknown, known: false },
  ]);
});

test("asks the trackers of a magnet link; where one does not answer, it says so, and ends with 3", async () => {
  const magnet = `magnet:?xt=urn:btih:${HASH}&tr=${encodeURIComponent(NOBODY)}&tr=${encodeURIComponent(tracker.udp)}`;
  const { code, stdout, stderr } = await scraped(magnet);
  expect(stdout).toContain("1 seed, 1 leecher");
  expect(stderr).toContain(`${NOBODY}: `);
  expect(code).toBe(3);
});

test("ends with 1 where no tracker answers, and with 2 where there is nobody or nothing to ask", async () => {
  expect(await scraped(NOBODY, HASH)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("nothing listens there") as string,
  });
  expect(await scraped(HASH)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("names no tracker") as string,
  });
  expect(await scraped()).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("a torrent is needed") as string,
  });
  expect(await scraped("ftp://127.0.0.1/announce", HASH)).toMatchObject({ code: 2 });
});
