// The promise of chat: what was acknowledged is on disk and shown exactly once, in one order, to every member, through
// disconnects, repeats and kill -9 of the server. SOCKETLAB_CHAT_KILLS sets how many kills, SOCKETLAB_CHAT_SEED which.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Random } from "@socketlab/core";
import { assertKept, printCounts, runRestless } from "./chat/run.ts";
import { ChatServer } from "./chat/server.ts";

const KILLS = Number(process.env["SOCKETLAB_CHAT_KILLS"] ?? 10);
const SEED = Number(process.env["SOCKETLAB_CHAT_SEED"] ?? 1);
let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "chat-kills-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function killAgainAndAgain(
  server: ChatServer,
  random: Random,
  note: (text: string) => void,
): Promise<void> {
  for (let kills = 0; kills < KILLS;) {
    await delay(random() * 1200);
    if (random() < 0.15) {
      note("the server is stopped");
      await server.stop();
    } else {
      note(`kill -9, the ${++kills}th`);
      await server.kill();
    }
    await delay(random() < 0.5 ? 0 : random() * 300);
    if (random() < 0.1) {
      const { listening } = server.launch();
      await Promise.race([listening, delay(random() * 500)]);
      note(`kill -9 at the start, the ${++kills}th`);
      await server.kill();
    }
    note("the server is started");
    await server.start();
  }
}

test(`${KILLS} kills`, { timeout: 60_000 + KILLS * 6000 }, async () => {
  const server = await ChatServer.started({
    store: join(folder, "chat.db"),
    // The system keeps little for a reader that is slow, so that the server has to wait for it.
    flags: ["--send-buffer", "16k"],
  });
  try {
    const run = await runRestless({
      seed: SEED,
      clients: 12,
      rooms: ["hall", "kitchen", "stairs"],
      urls: () => server.urls,
      trouble: (random, note) => killAgainAndAgain(server, random, note),
    });
    assertKept(run, SEED);
    const { stored, said } = printCounts(run, `${KILLS} kills, seed ${SEED}`);
    expect(stored).toBeGreaterThan(20 * KILLS);
    expect(said).toBeGreaterThan(stored);
  } finally {
    await server.kill();
  }
});
