// What the tests of the file-transfer page share: servers with folders, files of this machine, and what a person does with
// them. Knows no test.
/// <reference lib="dom" />
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import {
  buildPage,
  launch,
  openPage,
  startProcess,
  state,
  type OpenPage,
  type ServerProcess,
} from "./page.ts";

export const main: string = fileURLToPath(new URL("../../apps/file-transfer/src/main.js", import.meta.url));
export const MIB: number = 1024 * 1024;

/** Nothing here is quick on a busy machine. */
export const poll: typeof expect.poll = (probe) => expect.poll(probe, { timeout: 40_000 });

/** The row of a file that is being sent. */
export function upload(page: Page, path: string): Locator {
  return page.locator(".upload").filter({ has: page.getByText(path, { exact: true }) });
}

export function entries(page: Page): Locator {
  return page.getByRole("list", { name: "Files and folders" }).getByRole("listitem");
}

/** As a person does it: real files and folders of this machine, held over the page and let go. */
export async function drop(page: Page, ...files: readonly string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await devtools.send("Input.dispatchDragEvent", { type, x: 100, y: 60, data });
  await devtools.detach();
}

/** From now on the page reads this slowly: each piece of a file takes so long. */
export async function readSlowly(page: Page, pieceMs: number): Promise<void> {
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
export async function sentPercent(row: Locator): Promise<number> {
  const [, text = "0"] = /(\d+) %/.exec((await row.textContent()) ?? "") ?? [];
  return Number(text);
}

/** What the server has received since it was started. */
export async function receivedBytes(server: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${server.url}metrics`)).text();
  return Number(/^socketlab_bytes_total\{.*direction="in".*\} (\d+)/m.exec(metrics)![1]);
}

export async function isSame(a: string, b: string): Promise<boolean> {
  return (await readFile(a)).equals(await readFile(b));
}

/** The page, built, a browser, and a disk for whoever needs one: from before the first test of a suite until after its last. */
export class FilesFixture {
  /** Where the built page is. */
  folder!: string;
  /** Where files may be put. */
  disk!: string;
  browser!: Browser;
  #count = 0;

  constructor() {
    beforeAll(async () => {
      this.disk = await mkdtemp(join(tmpdir(), "file-transfer-browser-"));
      this.folder = await buildPage("file-transfer");
      this.browser = await launch();
    }, 60_000);
    afterAll(async () => {
      await this.browser.close();
      for (const made of [this.disk, this.folder]) await rm(made, { recursive: true });
    });
  }

  /** A server with a folder of its own. */
  startFiles = async (
    { served, port = 0 }: { served?: string; port?: number } = {},
    ...flags: readonly string[]
  ): Promise<ServerProcess & { served: string }> => {
    const where = served ?? join(this.disk, `served-${++this.#count}`);
    await mkdir(where, { recursive: true });
    const doors = ["--folder", where, "--listen", `ws://127.0.0.1:${port}`];
    const rest = ["--page", this.folder, "--json", "--log-level", "error", ...flags];
    const started = await startProcess([main, "server", ...doors, ...rest], (line) => {
      const { endpoints } = JSON.parse(line) as { endpoints: string[] };
      return Number(new URL(endpoints[0]!).port);
    });
    return Object.assign(started, { served: where });
  };

  /** A file of this machine. @returns where it is */
  make = async (name: string, bytes: number | Buffer): Promise<string> => {
    const path = join(this.disk, `local-${++this.#count}`, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, typeof bytes === "number" ? randomBytes(bytes) : bytes);
    return path;
  };

  open = async (server: ServerProcess, options: BrowserContextOptions = {}): Promise<OpenPage> => {
    const opened = await openPage(this.browser, server.url, options);
    await state(opened.page, "open").waitFor();
    return opened;
  };
}
