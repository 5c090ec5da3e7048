// What the file-transfer page shows and lets one do, and to whom.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { drop, entries, FilesFixture, main, MIB, poll, readSlowly, upload } from "./file-transfer.ts";
import { accessibilityFaults, openPage, state } from "./page.ts";

describe("the file-transfer page in Chromium", { timeout: 120_000, ...needs("chromium") }, () => {
  const fixture = new FilesFixture();
  const { startFiles, make, open } = fixture;

  test("a read-only server says so before anything is chosen; what is there can be fetched", async () => {
    const served = join(fixture.disk, "read-only");
    await mkdir(served);
    await writeFile(join(served, "there.txt"), "there");
    await using server = await startFiles({ served }, "--read-only");
    await using opened = await open(server);
    const { page } = opened;
    await page.getByText(/^Nothing can be sent here: this server is read-only/).waitFor();
    expect(await page.getByRole("button", { name: /^(Choose|Remove)/ }).count()).toBe(0);
    await drop(page, await make("dropped.txt", 5));
    await page.waitForTimeout(300);
    expect(await page.locator(".upload").count()).toBe(0);
    expect(await readdir(served)).not.toContain("dropped.txt");
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: "there.txt" }).click();
    expect(await readFile(await (await downloading).path(), "utf8")).toBe("there");
  });

  test("where a token is needed the page asks for it, begins where it leads, and its links carry it", async () => {
    const secret = await make("secret", Buffer.from(randomBytes(48).toString("base64")));
    await using server = await startFiles({}, "--secret-file", secret);
    const words = "--read inbox --write inbox/ada --expires 1h".split(" ");
    const made = [main, "token", "--name", "ada", "--secret-file", secret, ...words];
    const { stdout } = await promisify(execFile)(process.execPath, made);
    await mkdir(join(server.served, "inbox/ada"), { recursive: true });
    await writeFile(join(server.served, "inbox/there.txt"), "there");
    await writeFile(join(server.served, "elsewhere.txt"), "not for ada");
    await using opened = await openPage(fixture.browser, server.url);
    const { page } = opened;
    await page.getByText("The server says: this server asks for a token.").waitFor();
    await page.getByLabel("Your token").fill("not.a.token");
    await page.getByRole("button", { name: "Come in" }).click();
    await page.getByText(/The server says: .*(signed|token)/).waitFor();
    await page.getByLabel("Your token").fill(stdout.trim());
    await page.getByRole("button", { name: "Come in" }).click();
    await page.getByRole("link", { name: "there.txt" }).waitFor();
    expect(await page.getByText("elsewhere").count()).toBe(0);
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: "there.txt" }).click();
    expect(await readFile(await (await downloading).path(), "utf8")).toBe("there");
    await drop(page, await make("mine.txt", 100));
    await upload(page, "inbox/mine.txt")
      .getByText(/does not allow to write/)
      .waitFor();
    await page.getByRole("link", { name: "ada" }).click();
    await entries(page).first().waitFor({ state: "detached" });
    await drop(page, await make("mine.txt", 100));
    await poll(() => readdir(join(server.served, "inbox/ada"))).toEqual(["mine.txt"]);
    await page.reload();
    await page.getByRole("link", { name: "mine.txt" }).waitFor();
  });

  test("a file is downloaded by its link, under its name; the link can be copied; it can be removed", async () => {
    await using server = await startFiles();
    const content = randomBytes(3 * MIB);
    await writeFile(join(server.served, "Größe & 100 %.bin"), content);
    await using opened = await open(server, { permissions: ["clipboard-read", "clipboard-write"] });
    const { page } = opened;
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: "Größe & 100 %.bin" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("Größe & 100 %.bin");
    expect(content.equals(await readFile(await download.path()))).toBe(true);

    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(content.equals(Buffer.from(await (await fetch(link)).arrayBuffer()))).toBe(true);

    await page.getByRole("button", { name: "Remove Größe" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Keep" }).click();
    expect(await readdir(server.served)).toContain("Größe & 100 %.bin");
    await page.getByRole("button", { name: "Remove Größe" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("Nothing is here yet.").waitFor();
    expect(await readdir(server.served)).toEqual([".socketlab"]);
    expect(opened.complaints).toEqual([]);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [360, 1280]) {
      test(`axe-core finds nothing wrong: ${colorScheme}, ${width} pixels`, async () => {
        const server = await startFiles({}, "--max-file", "8M");
        await mkdir(join(server.served, "a folder"));
        await writeFile(join(server.served, "a file.txt"), "text");
        await using opened = await open(server, { colorScheme, viewport: { width, height: 900 } });
        const { page } = opened;
        await readSlowly(page, 400);
        await drop(page, await make("sending.bin", 8 * MIB), await make("too large.bin", 9 * MIB));
        await drop(page, await make("done.bin", 100));
        await upload(page, "too large.bin")
          .getByText(/^Not sent/)
          .waitFor();
        await upload(page, "done.bin")
          .getByText(/verified/)
          .waitFor();
        await upload(page, "sending.bin")
          .getByRole("button", { name: /^Pause/ })
          .waitFor();
        await page.getByRole("button", { name: "Remove a file.txt" }).click();
        expect(await accessibilityFaults(page), "with everything").toEqual([]);
        await server.kill();
        await state(page, "reconnecting").waitFor();
        expect(await accessibilityFaults(page), "without a server").toEqual([]);
        const [wanted, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        expect(wanted, "nothing is wider than the screen").toBeLessThanOrEqual(there);
      });
    }
  }

  test("everything can be done by keyboard, on a narrow screen too", async () => {
    await using server = await startFiles();
    await mkdir(join(server.served, "inner"));
    await writeFile(join(server.served, "inner/file.txt"), "text");
    await using opened = await openPage(fixture.browser, "about:blank", {
      viewport: { width: 360, height: 800 },
    });
    const { page } = opened;
    await page.addInitScript(() => void Reflect.deleteProperty(window, "showOpenFilePicker"));
    await page.goto(server.url);
    const tabTo = async (wanted: Locator): Promise<void> => {
      await wanted.waitFor();
      const isThere = (): Promise<boolean> =>
        wanted.evaluate((element) => element === document.activeElement).catch(() => false);
      for (let i = 0; i < 40 && !(await isThere()); i++) await page.keyboard.press("Tab");
      expect(await isThere()).toBe(true);
    };
    await state(page, "open").waitFor();
    await tabTo(page.getByRole("link", { name: "inner/ folder" }));
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "file.txt" }).waitFor();
    const choosing = page.waitForEvent("filechooser");
    await tabTo(page.getByRole("button", { name: "Choose files" }));
    await page.keyboard.press("Enter");
    await (await choosing).setFiles(await make("chosen.txt", 100));
    await poll(() => readdir(join(server.served, "inner"))).toContain("chosen.txt");
    await tabTo(page.getByRole("button", { name: "Remove file.txt" }));
    await page.keyboard.press("Enter");
    // The question has the focus.
    await page.keyboard.press("Enter");
    await poll(() => readdir(join(server.served, "inner"))).toEqual(["chosen.txt"]);
  });

  test("the page's script is at most 100 KiB, as it is sent", async () => {
    const assets = join(fixture.folder, "assets");
    const scripts = (await readdir(assets)).filter((name) => name.endsWith(".js.br"));
    const sizes = await Promise.all(scripts.map(async (name) => (await readFile(join(assets, name))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(100 * 1024);
  });
});
