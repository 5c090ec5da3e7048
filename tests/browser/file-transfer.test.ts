import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import {
  accessibilityFaults,
  buildPage,
  launch,
  openPage,
  openTab,
  startProcess,
  type OpenPage,
  type ServerProcess,
} from "./page.ts";

const main = fileURLToPath(new URL("../../apps/file-transfer/src/main.js", import.meta.url));
const MIB = 1024 * 1024;

/** Nothing here is quick on a busy machine. */
const poll: typeof expect.poll = (probe) => expect.poll(probe, { timeout: 40_000 });

function state(page: Page, word: string): Locator {
  return page.getByRole("status").getByText(word, { exact: true });
}

/** The row of a file that is being sent. */
function upload(page: Page, path: string): Locator {
  return page.locator(".upload").filter({ has: page.getByText(path, { exact: true }) });
}

function entries(page: Page): Locator {
  return page.getByRole("list", { name: "Files and folders" }).getByRole("listitem");
}

/** As a person does it: real files and folders of this machine, held over the page and let go. */
async function drop(page: Page, ...files: readonly string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await devtools.send("Input.dispatchDragEvent", { type, x: 100, y: 60, data });
  await devtools.detach();
}

/** From now on the page reads this slowly: each piece of a file takes so long. */
async function readSlowly(page: Page, pieceMs: number): Promise<void> {
  const slow = (ms: number): void => {
    const read = Object.getOwnPropertyDescriptor(Blob.prototype, "arrayBuffer")!.value as (
      this: Blob,
    ) => Promise<ArrayBuffer>;
    Blob.prototype.arrayBuffer = async function () {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return read.call(this);
    };
  };
  await page.addInitScript(slow, pieceMs);
  await page.evaluate(slow, pieceMs);
}

/** How much of it there is, as the page says. */
async function sentPercent(row: Locator): Promise<number> {
  const [, text = "0"] = /(\d+) %/.exec((await row.textContent()) ?? "") ?? [];
  return Number(text);
}

/** What the server has received since it was started. */
async function receivedBytes(server: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${server.url}metrics`)).text();
  return Number(/^socketlab_bytes_total\{.*direction="in".*\} (\d+)/m.exec(metrics)![1]);
}

describe("the file-transfer page in Chromium", { timeout: 120_000, ...needs("chromium") }, () => {
  let folder: string;
  let disk: string;
  let browser: Browser;
  let count = 0;

  /** A server with a folder of its own. */
  async function startFiles(
    { served, port = 0 }: { served?: string; port?: number } = {},
    ...flags: readonly string[]
  ): Promise<ServerProcess & { served: string }> {
    const where = served ?? join(disk, `served-${++count}`);
    await mkdir(where, { recursive: true });
    const doors = ["--folder", where, "--listen", `ws://127.0.0.1:${port}`];
    const rest = ["--page", folder, "--json", "--log-level", "error", ...flags];
    const started = await startProcess([main, "server", ...doors, ...rest], (line) => {
      const { endpoints } = JSON.parse(line) as { endpoints: string[] };
      return Number(new URL(endpoints[0]!).port);
    });
    return Object.assign(started, { served: where });
  }

  /** A file of this machine. @returns where it is */
  async function make(name: string, bytes: number | Buffer): Promise<string> {
    const path = join(disk, `local-${++count}`, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, typeof bytes === "number" ? randomBytes(bytes) : bytes);
    return path;
  }

  async function open(server: ServerProcess, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const opened = await openPage(browser, server.url, options);
    await state(opened.page, "open").waitFor();
    return opened;
  }

  async function isSame(a: string, b: string): Promise<boolean> {
    return (await readFile(a)).equals(await readFile(b));
  }

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), "file-transfer-browser-"));
    folder = await buildPage("file-transfer");
    browser = await launch();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    for (const made of [disk, folder]) await rm(made, { recursive: true });
  });

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
    await using opened = await openPage(browser, "about:blank");
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
    await using opened = await openPage(browser, "about:blank");
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

  test("a read-only server says so before anything is chosen; what is there can be fetched", async () => {
    const served = join(disk, "read-only");
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
    await using opened = await openPage(browser, server.url);
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
    await using opened = await openPage(browser, "about:blank", { viewport: { width: 360, height: 800 } });
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
    const assets = join(folder, "assets");
    const scripts = (await readdir(assets)).filter((name) => name.endsWith(".js.br"));
    const sizes = await Promise.all(scripts.map(async (name) => (await readFile(join(assets, name))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(100 * 1024);
  });
});
