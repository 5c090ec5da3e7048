// What the file-transfer page was sending when it was interrupted goes on where it was.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import {
  drop,
  FilesFixture,
  isSame,
  MIB,
  poll,
  readSlowly,
  receivedBytes,
  sentPercent,
  upload,
} from "./file-transfer.ts";
import { openPage, openTab, state } from "./page.ts";

describe("the interrupted file-transfer page in Chromium", { timeout: 120_000, ...needs("chromium") }, () => {
  const fixture = new FilesFixture();
  const { startFiles, make, open } = fixture;

  test("what is paused stays where it is, and goes on from there", async () => {
    await using server = await startFiles();
    await using opened = await open(server);
    const { page } = opened;
    await readSlowly(page, 100);
    const file = await make("paused.bin", 24 * MIB);
    await drop(page, file);
    const row = upload(page, "paused.bin");
    await poll(() => sentPercent(row)).toBeGreaterThan(20);
    await row.getByRole("button", { name: /^Pause/ }).click();
    await row.getByText(/^paused at/).waitFor();
    await poll(() => page.getByTestId("total").getAttribute("value")).not.toBe("0");
    const before = await receivedBytes(server);
    await page.waitForTimeout(600);
    expect(await receivedBytes(server), "nothing comes while it is paused").toBe(before);
    await row.getByRole("button", { name: "Go on" }).click();
    await row.getByText(/^all of it is there, verified/).waitFor({ timeout: 20_000 });
    const total = await receivedBytes(server);
    expect(total, "nothing was sent twice but what was on its way").toBeLessThan(24 * MIB + 10 * MIB);
    expect(await isSame(file, join(server.served, "paused.bin"))).toBe(true);
    expect(opened.complaints).toEqual([]);
  });

  for (const way of ["reloaded", "closed"] as const) {
    test(`a page that is ${way} in the middle goes on: the browser knows where the file is`, async () => {
      await using server = await startFiles();
      await using opened = await open(server);
      const { page } = opened;
      await readSlowly(page, 100);
      const file = await make("resumed.bin", 24 * MIB);
      await drop(page, file);
      await poll(() => sentPercent(upload(page, "resumed.bin"))).toBeGreaterThan(40);
      // How far it is, is written down twice a second.
      await page.waitForTimeout(600);
      const before = await receivedBytes(server);
      let again = page;
      if (way === "reloaded") await page.reload();
      else {
        // With the last page of a site goes the permission to read its files: then a click is needed, and a question is asked.
        const context = page.context();
        await page.close();
        again = (await openTab(context, server.url)).page;
        const row = upload(again, "resumed.bin");
        await row.getByText(/^interrupted at [3-9]\d %$/).waitFor();
        await row.getByRole("button", { name: /^Go on/ }).waitFor();
        // A browser without a screen cannot ask; to drop it again answers, too.
        await drop(again, file);
      }
      const row = upload(again, "resumed.bin");
      await row.getByText(/^all of it is there, verified/).waitFor({ timeout: 20_000 });
      expect(await isSame(file, join(server.served, "resumed.bin"))).toBe(true);
      expect((await receivedBytes(server)) - before, "it did not begin again").toBeLessThan(16 * MIB);
      await again.reload();
      await state(again, "open").waitFor();
      expect(await upload(again, "resumed.bin").count(), "it is forgotten when it is done").toBe(0);
      expect(opened.complaints).toEqual([]);
    });
  }

  test("without that, the page says where it was, and the file goes on when it is dropped again", async () => {
    await using server = await startFiles();
    await using opened = await openPage(fixture.browser, "about:blank");
    const { page } = opened;
    await page.addInitScript(() => {
      Reflect.deleteProperty(DataTransferItem.prototype, "getAsFileSystemHandle");
    });
    await page.goto(server.url);
    await state(page, "open").waitFor();
    await readSlowly(page, 100);
    const file = await make("again.bin", 24 * MIB);
    await drop(page, file);
    await poll(() => sentPercent(upload(page, "again.bin"))).toBeGreaterThan(40);
    // How far it is, is written down twice a second.
    await page.waitForTimeout(600);
    const before = await receivedBytes(server);
    await page.reload();
    const row = upload(page, "again.bin");
    const [, percent] = /Drop it again and it goes on at (\d+) %\./.exec((await row.textContent())!)!;
    expect(Number(percent)).toBeGreaterThan(30);
    expect(await row.getByRole("button", { name: "Go on" }).count()).toBe(0);
    await drop(page, file);
    await row.getByText(/^all of it is there, verified/).waitFor({ timeout: 20_000 });
    expect((await receivedBytes(server)) - before, "it did not begin again").toBeLessThan(16 * MIB);
    expect(await isSame(file, join(server.served, "again.bin"))).toBe(true);
  });

  test("a server is killed and comes back: the page comes back by itself, and what was under way goes on", async () => {
    const server = await startFiles();
    await using opened = await open(server);
    const { page, complaints } = opened;
    await readSlowly(page, 100);
    const files = [await make("one.bin", 12 * MIB), await make("two.bin", 12 * MIB)];
    await drop(page, ...files);
    await poll(() => sentPercent(upload(page, "one.bin"))).toBeGreaterThan(50);
    await server.kill();
    await state(page, "reconnecting").waitFor();
    await upload(page, "one.bin").getByText("waits its turn").waitFor();
    await using back = await startFiles({ served: server.served, port: server.port });
    await state(page, "open").waitFor({ timeout: 20_000 });
    await state(page, "all sent").waitFor({ timeout: 20_000 });
    for (const [i, name] of ["one.bin", "two.bin"].entries())
      expect(await isSame(files[i]!, join(server.served, name))).toBe(true);
    expect(await receivedBytes(back), "half of it was there").toBeLessThan(20 * MIB);
    // A browser writes each failed connection to its console; nothing else may be there.
    expect(complaints.filter((text) => !/WebSocket connection to|ERR_|net::/.test(text))).toEqual([]);
  });
});
