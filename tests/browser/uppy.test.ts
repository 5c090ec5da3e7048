// Uppy, a tus client that thousands of sites use, uploads to our server from its own page: the same file arrives.
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "vite";
import { needs } from "@socketlab/core/test-kit";
import { launch, openPage, startProcess, type ServerProcess } from "./page.ts";

const main = fileURLToPath(new URL("../../apps/file-transfer/src/main.js", import.meta.url));
const MIB = 1024 * 1024;

/** The offsets from which the page has sent on, and whether it has begun anew. */
function watch(page: Page): { begun: number; offsets: number[] } {
  const seen = { begun: 0, offsets: [] as number[] };
  page.on("request", (request) => {
    if (request.method() === "POST") seen.begun++;
    if (request.method() === "PATCH") seen.offsets.push(Number(request.headers()["upload-offset"]));
  });
  return seen;
}

async function uploaded(page: Page): Promise<number> {
  const [, bytes = "0"] = /^(\d+) bytes/.exec((await page.getByRole("status").textContent()) ?? "") ?? [];
  return Number(bytes);
}

describe("Uppy in Chromium", { timeout: 60_000, ...needs("chromium") }, () => {
  let disk: string;
  let site: string;
  let browser: Browser;
  let file: string;
  let count = 0;

  /** A file-transfer server whose page is Uppy's. */
  async function startFiles(
    { served = join(disk, `served-${++count}`), port = 0 } = {},
    ...flags: readonly string[]
  ): Promise<ServerProcess & { served: string }> {
    await mkdir(served, { recursive: true });
    const args = ["--folder", served, "--listen", `ws://127.0.0.1:${port}`, "--page", site];
    const rest = ["--json", "--log-level", "error", ...flags];
    const started = await startProcess([main, "server", ...args, ...rest], (line) => {
      const { endpoints } = JSON.parse(line) as { endpoints: string[] };
      return Number(new URL(endpoints[0]!).port);
    });
    return Object.assign(started, { served });
  }

  async function isThere(served: string): Promise<boolean> {
    return (await readFile(join(served, "from uppy.bin"))).equals(await readFile(file));
  }

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), "uppy-"));
    site = join(disk, "site");
    file = join(disk, "from uppy.bin");
    await writeFile(file, randomBytes(12 * MIB + 345));
    const root = fileURLToPath(new URL("uppy/", import.meta.url));
    await build({ root, configFile: false, logLevel: "error", build: { outDir: site, emptyOutDir: true } });
    browser = await launch();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await rm(disk, { recursive: true });
  });

  test("its page is loaded again in the middle: the file goes on where it was", async () => {
    await using server = await startFiles();
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    const before = watch(page);
    await page.getByLabel("File").setInputFiles(file);
    await expect.poll(() => uploaded(page), { timeout: 20_000, interval: 5 }).toBeGreaterThan(2 * MIB);
    await page.reload();
    const sent = before.offsets.at(-1)!;
    expect(sent).toBeLessThan(12 * MIB);
    const after = watch(page);
    await page.getByLabel("File").setInputFiles(file);
    await page.getByText("complete").waitFor({ timeout: 20_000 });
    expect(after.begun, "it is the same upload").toBe(0);
    expect(after.offsets[0]).toBeGreaterThanOrEqual(sent);
    expect(await isThere(server.served)).toBe(true);
    expect(opened.complaints).toEqual([]);
  });

  test("the server is killed and comes back: Uppy tries again, and all of the file arrives", async () => {
    const server = await startFiles();
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByLabel("File").setInputFiles(file);
    await expect.poll(() => uploaded(page), { timeout: 20_000, interval: 5 }).toBeGreaterThan(2 * MIB);
    await server.kill();
    await using back = await startFiles({ served: server.served, port: server.port });
    await page.getByText("complete").waitFor({ timeout: 30_000 });
    expect(await isThere(back.served)).toBe(true);
  });

  test("a page of another site uploads where it was let in, and nowhere else", async () => {
    await using elsewhere = await startFiles();
    const origin = elsewhere.url.replace(/\/$/, "");
    await using open = await startFiles({}, "--allow-origin", origin);
    await using closed = await startFiles();
    // Its own site's policy would forbid it; whose page it is stays the same.
    await using opened = await openPage(browser, `${elsewhere.url}?to=${open.url}uploads/`, {
      bypassCSP: true,
    });
    const { page } = opened;
    await page.getByLabel("File").setInputFiles(file);
    await page.getByText("complete").waitFor({ timeout: 20_000 });
    expect(await isThere(open.served)).toBe(true);

    await page.goto(`${elsewhere.url}?to=${closed.url}uploads/`);
    await page.getByLabel("File").setInputFiles(file);
    await page.getByText(/^failed: /).waitFor({ timeout: 20_000 });
    expect(opened.complaints.join()).toContain("CORS");
  });
});
