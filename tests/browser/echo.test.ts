import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import {
  accessibilityFaults,
  buildPage,
  launch,
  openPage,
  startServer,
  state,
  type ServerProcess,
} from "./page.ts";

const hostile = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

describe("the echo page in Chromium", { timeout: 60_000, ...needs("chromium") }, () => {
  let folder: string;
  let browser: Browser;
  let server: ServerProcess;

  beforeAll(async () => {
    folder = await buildPage("echo");
    server = await startServer(folder);
    browser = await launch();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await server.kill();
    await rm(folder, { recursive: true });
  });

  test("what one says comes back, and both doors show it with numbers that move", async () => {
    await using opened = await openPage(browser, server.url);
    const { page, complaints } = opened;
    await state(page, "open").waitFor();
    await say(page, "hello, door");
    const rows = page.getByRole("option");
    await rows.nth(1).waitFor();
    expect(await rows.nth(0).textContent()).toMatch(/→clienttexthello, door11 B/);
    expect(await rows.nth(1).textContent()).toMatch(/←servertexthello, door11 B/);

    const picture = page.locator("svg[role=img]").first();
    await picture.getByText(`127.0.0.1 : ${server.port}`).waitFor();
    await picture.getByText("2,130,706,433").first().waitFor();
    await picture.getByText(/^process \d+$/).waitFor();
    await page.getByText("All numbers as a table").click();
    const countOf = async (side: 1 | 2): Promise<string | null> =>
      page
        .getByRole("row", { name: /^messages in/ })
        .locator("td")
        .nth(side - 1)
        .textContent();
    await expect.poll(() => countOf(2)).toBe("1");
    await say(page, "again");
    await expect.poll(() => countOf(2)).toBe("2");
    await expect.poll(() => countOf(1)).toBe("2");
    expect(complaints).toEqual([]);
  });

  test("bytes are sent as bytes, and a slip in them is said", async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await state(page, "open").waitFor();
    await page.getByLabel("bytes (hexadecimal)").check();
    await say(page, "00 ff 7");
    await page
      .getByRole("alert")
      .getByText(/pairs of hexadecimal digits/)
      .waitFor();
    await say(page, "00 ff 7f");
    const echoed = page.getByRole("option").nth(1);
    await echoed.click();
    await page
      .getByLabel(/^As bytes/)
      .getByText("00 ff 7f")
      .waitFor();
    expect(await echoed.textContent()).toContain("bytes");
  });

  test("hostile text is text, and the policy has nothing to forbid", async () => {
    await using opened = await openPage(browser, server.url);
    const { page, complaints } = opened;
    await state(page, "open").waitFor();
    await say(page, hostile);
    await page.getByRole("option").nth(1).click();
    await page.getByLabel("Decoded").getByText(hostile).waitFor();
    expect(await page.locator("main img").count()).toBe(0);
    expect(await page.title()).toContain("Echo");
    expect(complaints).toEqual([]);
  });

  test("a server that dies is waited for in words, and found again", async () => {
    const own = await startServer(folder);
    await using opened = await openPage(browser, own.url);
    const { page, complaints } = opened;
    await state(page, "open").waitFor();
    await own.kill();
    await state(page, "reconnecting").waitFor();
    await page.getByText(/^ in \d+ s$/).waitFor();
    await page.getByText(/because (the connection broke off|nobody answers there)/).waitFor();
    expect(await page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
    await page.getByText("no door is open").first().waitFor();
    await using back = await startServer(folder, own.port);
    await page
      .getByRole("button", { name: "Try now" })
      .click({ timeout: 500 })
      // It may have come back by itself.
      .catch(() => {});
    await state(page, "open").waitFor({ timeout: 20_000 });
    await say(page, "there you are");
    await page.getByRole("option").getByText("there you are").nth(1).waitFor();
    expect(back.port).toBe(own.port);
    // A browser writes each failed connection to its console; nothing else may be there.
    expect(complaints.filter((text) => !/WebSocket connection to|ERR_|net::/.test(text))).toEqual([]);
  });

  test("a server that hangs is called slow, and open again when it answers", async () => {
    await using own = await startServer(folder);
    await using opened = await openPage(browser, own.url);
    const { page } = opened;
    await state(page, "open").waitFor();
    await page.getByText(/^process \d+$/).waitFor();
    own.freeze();
    await state(page, "slow").waitFor();
    await page.getByText(/^: nothing heard for [2-9] s$/).waitFor();
    own.thaw();
    await state(page, "open").waitFor();
  });

  for (const [name, options] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["360 pixels wide", { viewport: { width: 360, height: 740 } }],
  ] as const) {
    test(`axe-core finds nothing wrong: ${name}`, async () => {
      await using opened = await openPage(browser, server.url, options);
      const { page } = opened;
      await state(page, "open").waitFor();
      expect(await accessibilityFaults(page), "before anything was said").toEqual([]);
      await say(page, "hello");
      await page.getByRole("option").nth(1).click();
      await page.getByText("All numbers as a table").click();
      expect(await accessibilityFaults(page)).toEqual([]);
      const [wanted, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(wanted, "nothing is wider than the screen").toBeLessThanOrEqual(there);
    });
  }

  test("everything can be done by keyboard", async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await state(page, "open").waitFor();
    await page.getByLabel("Message", { exact: true }).focus();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("typed");
    await page.keyboard.press("Enter");
    await page.getByRole("option").nth(1).waitFor();
    const list = page.getByRole("listbox");
    for (let i = 0; i < 20 && !(await list.evaluate((element) => element === document.activeElement)); i++) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    expect(await page.getByRole("option", { selected: true }).textContent()).toContain("client");
    await page.getByLabel("Decoded").getByText("typed").waitFor();
  });

  test("ten thousand messages are in the list, and only those in sight are drawn", async () => {
    await using opened = await openPage(browser, server.url);
    const { page, complaints } = opened;
    await state(page, "open").waitFor();
    await page.getByRole("slider").fill("9");
    await page.getByRole("button", { name: "Start pinging" }).click();
    const lastSize = (): Promise<number> =>
      page.getByRole("option").last().getAttribute("aria-setsize").then(Number);
    await expect.poll(lastSize, { timeout: 40_000 }).toBeGreaterThan(10_000);
    await page.getByRole("button", { name: "Stop pinging" }).click();
    expect(await page.getByRole("option").count()).toBeLessThan(40);
    const list = page.getByRole("listbox");
    await list.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
    await expect
      .poll(() => page.getByRole("option").first().getAttribute("aria-posinset").then(Number))
      .toBeGreaterThan(1000);
    expect(await page.getByRole("option").count()).toBeLessThan(40);
    expect(complaints).toEqual([]);
  });

  test("who wants no motion gets none", async () => {
    await using opened = await openPage(browser, server.url, { reducedMotion: "reduce" });
    const { page } = opened;
    await state(page, "open").waitFor();
    await say(page, "calm");
    await page.getByRole("option").nth(1).waitFor();
    expect(await page.locator(".envelope").count()).toBe(0);
    await using lively = await openPage(browser, server.url, { reducedMotion: "no-preference" });
    await state(lively.page, "open").waitFor();
    await say(lively.page, "lively");
    await lively.page.locator(".envelope").first().waitFor({ state: "attached" });
  });

  test("the page's script is at most 100 KiB, as it is sent", async () => {
    const assets = join(folder, "assets");
    const scripts = (await readdir(assets)).filter((name) => name.endsWith(".js.br"));
    const sizes = await Promise.all(scripts.map(async (name) => (await readFile(join(assets, name))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(100 * 1024);
    await using opened = await openPage(browser, server.url);
    const coding = await opened.page.evaluate(async () => {
      const script = document.querySelector("script")!.src;
      return (await fetch(script)).headers.get("content-encoding");
    });
    expect(coding).toBe("br");
  });
});
