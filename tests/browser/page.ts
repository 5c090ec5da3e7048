// What the tests of pages share: a built page, a server process, a browser that notices every complaint. Knows no test.
/// <reference lib="dom" />
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from "playwright-core";
import { build } from "vite";
import { findChromium } from "@socketlab/core/test-kit";

/** Builds the page of an app into a folder of its own, which is the caller's to remove. */
export async function buildPage(app: string): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), `${app}-page-`));
  const folder = fileURLToPath(new URL(`../../apps/${app}/`, import.meta.url));
  // The React of a test run is another one, larger and with checks of its own.
  const environment = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    await build({
      configFile: join(folder, "vite.config.ts"),
      root: join(folder, "web"),
      logLevel: "error",
      build: { outDir },
    });
  } finally {
    process.env["NODE_ENV"] = environment;
  }
  return outDir;
}

export function launch(): Promise<Browser> {
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update"];
  const plain = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"];
  // Without one that says UTF-8 it takes names that are not ASCII for none.
  const env = { ...process.env, LC_ALL: "C.UTF-8" } as Record<string, string>;
  return chromium.launch({ executablePath: findChromium()!, args: [...quiet, ...plain], env });
}

export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** As a power cut would: nobody is told. */
  kill(): Promise<void>;
  /** Stops its process where it stands, and lets it go on. */
  freeze(): void;
  thaw(): void;
}

export function startServer(folder: string, port = 0): Promise<ServerProcess> {
  const script = fileURLToPath(new URL("echo-server.ts", import.meta.url));
  return startProcess([script, folder, String(port)], Number);
}

/** @param portOf reads the port from what the process prints first. */
export async function startProcess(
  args: readonly string[],
  portOf: (line: string) => number,
): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  const real = portOf(line.toString());
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const freeze = (): void => void child.kill("SIGSTOP");
  const thaw = (): void => void child.kill("SIGCONT");
  return { port: real, url: `http://127.0.0.1:${real}/`, kill, freeze, thaw, [Symbol.asyncDispose]: kill };
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained of: console errors, exceptions, violations of the policy. */
  readonly complaints: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const opened = await openTab(context, url);
  return { ...opened, [Symbol.asyncDispose]: () => context.close() };
}

/** One more tab of the same browser: with the same storage. */
export async function openTab(
  context: BrowserContext,
  url: string,
): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

/** What axe-core finds wrong, as `rule: element`. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const checker = (globalThis as unknown as { axe: typeof axe }).axe;
    const { violations } = await checker.run(document);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
  });
}

/** Where a page says what state its conversation is in. */
export function state(page: Page, word: string): Locator {
  return page.getByRole("status").getByText(word, { exact: true });
}
