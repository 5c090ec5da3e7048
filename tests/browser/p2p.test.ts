import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import {
  conversations,
  house,
  houses,
  piecesOf,
  poll,
  processesOf,
  running,
  SwarmFixture,
  type Lab,
} from "./p2p.ts";
import { accessibilityFaults, state } from "./page.ts";

/** So slow that nobody has everything before the tests have seen what comes before. */
const slow = ["--size", "16M", "--seed-limit", "128k", "--peer-limit", "64k"];
const fast = ["--size", "2M", "--seed-limit", "20M", "--peer-limit", "20M"];

describe("the page of a swarm in Chromium", { timeout: 120_000, ...needs("chromium") }, () => {
  const fixture = new SwarmFixture();
  let lab: Lab;

  beforeAll(async () => {
    lab = await fixture.startLab(...slow);
  });

  afterAll(async () => {
    await lab.stop();
  });

  test("the seed and both peers are there, and pieces come", async () => {
    await using opened = await fixture.open(lab);
    const { page, complaints } = opened;
    await poll(() => houses(page).count()).toBe(3);
    await house(page, "127.0.1.1")
      .and(page.getByRole("radio", { name: /, a seed$/ }))
      .waitFor();
    const before = await piecesOf(page, "127.0.1.2");
    await poll(() => piecesOf(page, "127.0.1.2")).toBeGreaterThan(before);
    await page.getByText(/^3 peers · 1 with everything · \d+ % /).waitFor();
    await poll(() => page.locator(".lane[data-state=flows]").count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  test("each conversation has a client and a server, and it is said what each sends", async () => {
    await using opened = await fixture.open(lab);
    const { page } = opened;
    const rows = conversations(page).locator("tbody tr");
    await poll(() => rows.count()).toBe(3);
    // The seed waits for whoever comes, or has dialled; in any case one side is each.
    for (const row of await rows.all()) {
      const [client, server] = await row.locator("td strong").allTextContents();
      expect(client).not.toBe(server);
      await row
        .getByText(/\b(not )?interested, (un)?choked$/)
        .first()
        .waitFor();
    }
    // Nobody sends a seed anything: it is not interested in what it has.
    const ofSeed = rows.filter({ hasText: "127.0.1.1:" }).first();
    await ofSeed.getByText(/not interested, (un)?choked$/).waitFor();
    await poll(() => ofSeed.getByText(/^[\d.]+ [KM]iB\/s, interested, unchoked$/).count()).toBe(1);
  });

  test("whoever is chosen is shown with its door and its own conversations", async () => {
    await using opened = await fixture.open(lab);
    const { page } = opened;
    await house(page, "127.0.1.2").check({ force: true });
    const detail = page.getByRole("region", { name: /^127\.0\.1\.2:\d+$/ });
    await detail.getByText("2,130,706,690 as a number", { exact: false }).waitFor();
    await detail.getByText("64 KiB/s at most").waitFor();
    await page.getByRole("heading", { name: /^Conversations of 127\.0\.1\.2:/ }).waitFor();
    await poll(() => conversations(page).locator("tbody tr").count()).toBe(2);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByRole("heading", { name: "All conversations" }).waitFor();
  });

  test("a fourth peer appears when somebody starts it, takes part, and vanishes when it is killed", async () => {
    await using opened = await fixture.open(lab);
    const { page } = opened;
    await poll(() => houses(page).count()).toBe(3);
    const peer = fixture.startPeer(lab, "--listen", "tcp://127.0.1.9:0");
    await house(page, "127.0.1.9").waitFor();
    await page
      .getByTestId("announcer")
      .getByText(/127\.0\.1\.9:\d+ has come\./)
      .waitFor({ state: "attached" });
    await poll(() => piecesOf(page, "127.0.1.9")).toBeGreaterThan(0);
    await house(page, "127.0.1.9").check({ force: true });
    peer.kill("SIGKILL");
    await house(page, "127.0.1.9").waitFor({ state: "detached" });
    // Nobody is chosen any more.
    await page.getByRole("heading", { name: "All conversations" }).waitFor();
    expect(await houses(page).count()).toBe(3);
  });

  test("whoever takes part and does not report is drawn, too, as the others see it", async () => {
    await using opened = await fixture.open(lab);
    const { page } = opened;
    // Nobody is at its observer's door: as if it had none.
    const stranger = fixture.startPeer(
      { ...lab, observer: "ws://127.0.0.1:1" },
      "--listen",
      "tcp://127.0.1.8:0",
    );
    await page
      .getByRole("radio", { name: /^127\.0\.1\.8.*, Socketlab [\d.]+, not observed, has / })
      .waitFor();
    stranger.kill("SIGKILL");
    await poll(() => houses(page).count()).toBe(3);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [360, 1280]) {
      test(`axe-core finds nothing wrong: ${colorScheme}, ${width} pixels`, async () => {
        await using opened = await fixture.open(lab, { colorScheme, viewport: { width, height: 900 } });
        const { page } = opened;
        await poll(() => houses(page).count()).toBe(3);
        expect(await accessibilityFaults(page), "with nobody chosen").toEqual([]);
        await house(page, "127.0.1.2").check({ force: true });
        const folded = page.locator("details:not([open]) > summary");
        while ((await folded.count()) > 0) await folded.first().click();
        expect(await accessibilityFaults(page), "with one chosen").toEqual([]);
        const [wanted, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        expect(wanted, "nothing is wider than the screen").toBeLessThanOrEqual(there);
      });
    }
  }

  test("everything can be done by keyboard", async () => {
    await using opened = await fixture.open(lab, { viewport: { width: 360, height: 800 } });
    const { page } = opened;
    await poll(() => houses(page).count()).toBe(3);
    const isAt = (wanted: Locator): Promise<boolean> =>
      wanted.evaluate((element) => element === document.activeElement).catch(() => false);
    const tabTo = async (wanted: Locator): Promise<void> => {
      for (let i = 0; i < 20 && !(await isAt(wanted)); i++) await page.keyboard.press("Tab");
      expect(await isAt(wanted)).toBe(true);
    };
    await tabTo(house(page, "127.0.1.1"));
    await page.keyboard.press("Space");
    await page.getByRole("heading", { name: /^Conversations of 127\.0\.1\.1:/ }).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("heading", { name: /^Conversations of 127\.0\.1\.2:/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "All conversations" }).waitFor();
    await tabTo(conversations(page));
  });

  test("when everybody has everything, it is said; and when the lab has ended, nobody is there", async () => {
    const own = await fixture.startLab(...fast);
    await using opened = await fixture.open(own);
    const { page } = opened;
    await page.getByText(/^3 peers · 3 with everything · 100 % .* · 0 B\/s in all$/).waitFor();
    await own.stop();
    await state(page, "reconnecting").waitFor();
    await page.getByText("Nobody is there.").waitFor();
    expect(await accessibilityFaults(page), "without a lab").toEqual([]);
  });

  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "a lab that ends by %s leaves no process",
    async (signal) => {
      const own = await fixture.startLab(...fast);
      await using opened = await fixture.open(own);
      await poll(() => houses(opened.page).count()).toBe(3);
      const started = await processesOf(own);
      // The tracker, the seed, two peers.
      expect(started).toHaveLength(4);
      const code = await own.stop(signal);
      expect(code).toBe(signal === "SIGKILL" ? null : 0);
      await poll(() => running(started)).toEqual([]);
    },
  );

  test("a peer that somebody kills ends neither the lab nor the others", async () => {
    const own = await fixture.startLab(...slow);
    await using opened = await fixture.open(own);
    const { page } = opened;
    // Where a house stands changes with each that comes.
    await poll(() => houses(page).count()).toBe(3);
    await house(page, "127.0.1.3").check({ force: true });
    const detail = page.getByRole("region", { name: /^127\.0\.1\.3:\d+$/ });
    const [, pid] = /process (\d+)/.exec((await detail.textContent()) ?? "") ?? [];
    process.kill(Number(pid), "SIGKILL");
    await poll(() => houses(page).count()).toBe(2);
    expect(own.child.exitCode).toBeNull();
    const exit = once(own.child, "exit");
    own.child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
  });

  test("the page's script is at most 100 KiB, as it is sent", async () => {
    const assets = join(fixture.page, "assets");
    const scripts = (await readdir(assets)).filter((name) => name.endsWith(".js.br"));
    const sizes = await Promise.all(scripts.map(async (name) => (await readFile(join(assets, name))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(100 * 1024);
  });
});
