// What the tests of the page of the swarm share: the lab as a process with its swarm, and what a person sees. Knows no test.
/// <reference lib="dom" />
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { buildPage, launch, openPage, state, type OpenPage } from "./page.ts";

const main = fileURLToPath(new URL("../../apps/p2p/src/main.js", import.meta.url));

/** Nothing here is quick on a busy machine. */
export const poll: typeof expect.poll = (probe) => expect.poll(probe, { timeout: 40_000 });

/** A tracker, a seed and two peers, with a page. */
export interface Lab {
  readonly url: string;
  /** Where peers report. */
  readonly observer: string;
  readonly torrent: string;
  readonly child: ChildProcess;
  /** Orderly, as Ctrl-C does it. @returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The page, built, a browser, and a place on the disk: from before the first test of a suite until after its last. */
export class SwarmFixture {
  browser!: Browser;
  #disk!: string;
  #page!: string;
  #count = 0;
  readonly #running = new Set<ChildProcess>();

  constructor() {
    beforeAll(async () => {
      this.#disk = await mkdtemp(join(tmpdir(), "p2p-browser-"));
      this.#page = await buildPage("p2p");
      this.browser = await launch();
    }, 60_000);
    afterAll(async () => {
      await this.browser.close();
      // Without a lab its processes end by themselves.
      for (const child of this.#running) child.kill("SIGKILL");
      for (const made of [this.#disk, this.#page])
        await rm(made, { recursive: true, force: true, maxRetries: 20 });
    });
  }

  get page(): string {
    return this.#page;
  }

  startLab = async (...flags: readonly string[]): Promise<Lab> => {
    const folder = join(this.#disk, `lab-${++this.#count}`);
    const doors = ["--listen", "ws://127.0.0.1:0", "--tracker-port", "0", "--peer-port", "0"];
    const args = ["lab", ...doors, "--folder", folder, "--page", this.#page, "--json", ...flags];
    const child = this.#spawn(args, "inherit");
    const [line] = (await once(child.stdout!, "data")) as [Buffer];
    const { endpoints } = JSON.parse(line.toString()) as { endpoints: [string] };
    const stop = async (signal: NodeJS.Signals = "SIGINT"): Promise<number | null> => {
      child.kill(signal);
      const [code] = (await once(child, "exit")) as [number | null];
      return code;
    };
    const [observer] = endpoints;
    return {
      url: observer.replace("ws:", "http:"),
      observer,
      torrent: join(folder, "swarm.torrent"),
      child,
      stop,
    };
  };

  /** One more peer, as somebody starts it in another terminal. */
  startPeer = (lab: Lab, ...flags: readonly string[]): ChildProcess => {
    const to = join(this.#disk, `peer-${++this.#count}`);
    return this.#spawn(
      ["get", lab.torrent, "--to", to, "--seed", "--observe", lab.observer, ...flags],
      "ignore",
    );
  };

  open = async (lab: Lab, options: BrowserContextOptions = {}): Promise<OpenPage> => {
    const opened = await openPage(this.browser, lab.url, options);
    await state(opened.page, "open").waitFor();
    return opened;
  };

  #spawn(args: readonly string[], stderr: "inherit" | "ignore"): ChildProcess {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", stderr] });
    this.#running.add(child);
    child.once("exit", () => this.#running.delete(child));
    return child;
  }
}

/** What one can choose in the picture: a house each. */
export function houses(page: Page): Locator {
  return page.getByRole("group", { name: /^Peers/ }).getByRole("radio");
}

/** The house of whoever listens there. */
export function house(page: Page, host: string): Locator {
  return page.getByRole("radio", { name: new RegExp(`^${host.replaceAll(".", "\\.")}:\\d+, `) });
}

/** The table that says what the picture shows. */
export function conversations(page: Page): Locator {
  return page.getByRole("region", { name: "Conversations", exact: true });
}

/** How many pieces a peer has, as its house says to a screen reader. */
export async function piecesOf(page: Page, host: string): Promise<number> {
  const text = await house(page, host).evaluate(
    (input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? "",
  );
  return Number(/has ([\d,]+) of/.exec(text)?.[1]?.replaceAll(",", "") ?? Number.NaN);
}

/** What the lab has started, and has not ended: a process id each. */
export async function processesOf(lab: Lab): Promise<number[]> {
  return (await processes()).filter(({ parent }) => parent === lab.child.pid).map(({ pid }) => pid);
}

/** Those of them that still run. */
export async function running(pids: readonly number[]): Promise<number[]> {
  return (await processes()).map(({ pid }) => pid).filter((pid) => pids.includes(pid));
}

async function processes(): Promise<{ pid: number; parent: number }[]> {
  const { stdout } = await promisify(execFile)("ps", ["-e", "-o", "pid=,ppid=,stat="], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  // Whoever has ended may be listed until its parent takes note.
  const alive = rows.filter(([, , status = ""]) => !status.startsWith("Z"));
  return alive.map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
