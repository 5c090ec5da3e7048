// What is dropped on the file-transfer page, or chosen there, arrives.
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { drop, entries, FilesFixture, isSame, MIB, poll, upload } from "./file-transfer.ts";
import { openPage, state } from "./page.ts";

describe(
  "sending with the file-transfer page in Chromium",
  { timeout: 120_000, ...needs("chromium") },
  () => {
    const fixture = new FilesFixture();
    const { startFiles, make, open } = fixture;

    test("files and folders that are dropped arrive byte by byte, with their times, and are then there to see", async () => {
      await using server = await startFiles();
      await using opened = await open(server);
      const { page } = opened;
      const large = await make("a large one.bin", 5 * MIB + 123);
      const photos = join(large, "../photos");
      await mkdir(join(photos, "2026/empty"), { recursive: true });
      await writeFile(join(photos, "2026/größe.txt"), "größe");
      await writeFile(join(photos, "nothing"), "");
      await utimes(large, 1_700_000_000, 1_700_000_000);
      await drop(page, large, photos);
      await state(page, "all sent").waitFor();

      expect(await isSame(large, join(server.served, "a large one.bin"))).toBe(true);
      expect((await stat(join(server.served, "a large one.bin"))).mtimeMs).toBe(1_700_000_000_000);
      expect(await readFile(join(server.served, "photos/2026/größe.txt"), "utf8")).toBe("größe");
      expect((await stat(join(server.served, "photos/nothing"))).size).toBe(0);
      expect((await stat(join(server.served, "photos/2026/empty"))).isDirectory()).toBe(true);
      await poll(() => entries(page).count()).toBe(2);
      await entries(page).filter({ hasText: "a large one.bin" }).getByText("5.0 MiB").waitFor();
      await page.getByRole("link", { name: "photos/ folder" }).click();
      await page.getByRole("link", { name: "2026/ folder" }).click();
      await page.getByRole("link", { name: "größe.txt" }).waitFor();
      await drop(page, large);
      await poll(() => entries(page).count()).toBe(3);
      expect(await isSame(large, join(server.served, "photos/2026/a large one.bin"))).toBe(true);
      await page.goBack();
      await entries(page).filter({ hasText: "nothing" }).waitFor();
      expect(opened.complaints).toEqual([]);
    });

    test("files are chosen with a button, too, where the browser gives a page no more than their content", async () => {
      await using server = await startFiles();
      await using opened = await openPage(fixture.browser, "about:blank");
      const { page } = opened;
      await page.addInitScript(() => {
        Reflect.deleteProperty(window, "showOpenFilePicker");
        Reflect.deleteProperty(window, "showDirectoryPicker");
      });
      await page.goto(server.url);
      const file = await make("in it/chosen.bin", MIB);
      const choosing = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Choose files" }).click();
      await (await choosing).setFiles(file);
      await poll(() => readdir(server.served)).toContain("chosen.bin");
      const choosingFolder = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Choose a folder" }).click();
      await (await choosingFolder).setFiles(join(file, ".."));
      await poll(() => readdir(join(server.served, "in it")).catch(() => [])).toEqual(["chosen.bin"]);
      expect(await isSame(file, join(server.served, "in it/chosen.bin"))).toBe(true);
    });

    test("what is refused is said in a sentence at its own row, and the others arrive", async () => {
      await using server = await startFiles({}, "--max-file", "1M");
      await using opened = await open(server);
      const { page } = opened;
      const device = await make("con.txt", 10);
      await drop(page, await make("too large.bin", 2 * MIB), device, await make("small.bin", 1000));
      await upload(page, "too large.bin")
        .getByText(/^Not sent: .*(larger|large|most|at most|bytes)/)
        .waitFor();
      await upload(page, "con.txt")
        .getByText(/^Not sent: .*is a device on some systems\.$/)
        .waitFor();
      await upload(page, "small.bin")
        .getByText(/^all of it is there, verified/)
        .waitFor();
      expect(await readdir(server.served)).not.toContain("too large.bin");
      await upload(page, "con.txt").getByRole("button", { name: "Cancel" }).click();
      await upload(page, "con.txt").waitFor({ state: "detached" });
    });

    test("names are shown as they are, and never as HTML", async () => {
      await using server = await startFiles();
      const hostile = `<img src=x onerror="document.title='hacked'">.txt`;
      await using opened = await open(server, { viewport: { width: 360, height: 800 } });
      const { page } = opened;
      await drop(page, await make(hostile, 10), await make(`${"w".repeat(240)}.txt`, 10));
      await state(page, "all sent").waitFor();
      await entries(page).filter({ hasText: hostile }).waitFor();
      expect(await page.title()).toBe("File transfer · Socketlab");
      expect(await page.locator("main :is(img, script)").count()).toBe(0);
      const [wanted, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(wanted, "nothing is wider than the screen").toBeLessThanOrEqual(there);
    });

    test("thousands of files are sent and listed, and of both a page at a time is drawn", async () => {
      await using server = await startFiles();
      await using opened = await open(server);
      const { page } = opened;
      const first = await make("many/0000", 10);
      for (let i = 1; i < 1200; i++)
        await writeFile(join(first, "..", String(i).padStart(4, "0")), `file ${i}`);
      await drop(page, join(first, ".."));
      let mostRows = 0;
      await poll(async () => {
        mostRows = Math.max(mostRows, await page.locator(".upload").count());
        return page.locator(".uploads-total").textContent();
      }).toMatch(/^1,200 of 1,200 files/);
      expect(mostRows).toBeLessThanOrEqual(50);
      expect(await readdir(join(server.served, "many"))).toHaveLength(1200);
      await page.getByRole("link", { name: "many/ folder" }).click();
      await page.getByText("1–500 and more").waitFor();
      expect(await entries(page).count()).toBe(500);
      for (const shown of ["501–1,000 and more", "1,001–1,200"]) {
        await page.getByRole("button", { name: "Next" }).click();
        await page.getByText(shown, { exact: true }).waitFor();
      }
      await page.getByRole("link", { name: "1199" }).waitFor();
      await page.getByRole("button", { name: "Previous" }).click();
      await page.getByText("501–1,000 and more").waitFor();
      expect(opened.complaints).toEqual([]);
    });
  },
);
