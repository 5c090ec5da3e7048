// The promise of file transfer: whatever is killed with -9, the same command goes on where it was, the result is the same
// byte by byte, and nothing has its name before it is whole. SOCKETLAB_FILE_KILLS sets how many kills, SOCKETLAB_FILE_SEED which.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "@socketlab/core";
import { runJob, someJob, type Counts } from "./file-transfer/kills.ts";
import { FileServer } from "./file-transfer/processes.ts";

const KILLS = Number(process.env["SOCKETLAB_FILE_KILLS"] ?? 6);
const SEED = Number(process.env["SOCKETLAB_FILE_SEED"] ?? 1);
let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "file-kills-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(`${KILLS} kills`, { timeout: 120_000 + KILLS * 15_000 }, async () => {
  const folders = { here: join(folder, "here"), there: join(folder, "there") };
  for (const path of Object.values(folders)) mkdirSync(path);
  const random = seededRandom(SEED);
  const server = await FileServer.started(folders.there);
  const counts: Counts = {
    jobs: 0,
    kills: { client: 0, server: 0 },
    wanted: 0,
    passed: 0,
    compared: 0,
    violations: [],
  };
  const killed = (): number => counts.kills.client + counts.kills.server;
  try {
    for (let n = 0; killed() < KILLS; n++)
      await runJob(someJob(random, n), server, folders, random, counts, KILLS - killed());
  } finally {
    await server.kill();
  }
  const { jobs, kills, wanted, passed, compared } = counts;
  console.log(
    `seed ${SEED}: ${killed()} kills (${kills.client} of the client, ${kills.server} of the server), ${jobs} jobs, ` +
      `${wanted} bytes wanted, ${passed} passed, ${compared} compared, ${counts.violations.length} violations`,
  );
  expect(counts.violations, `with seed ${SEED}`).toEqual([]);
});
