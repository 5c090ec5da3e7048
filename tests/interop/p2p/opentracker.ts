// A tracker that we did not write, and that many run: opentracker, for one torrent. Knows no peer.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, TestProcess } from "@socketlab/core/test-kit";
import { main } from "./clients.ts";
import { until, type Transport } from "./swarm.ts";

const READY_MS = 10_000;

export interface Counts {
  readonly seeds: number;
  readonly leechers: number;
  readonly completed: number;
}

export class OpenTracker implements AsyncDisposable {
  readonly #url: string;
  readonly #infoHash: string;
  readonly #folder: string;
  readonly #process: TestProcess;

  private constructor(url: string, infoHash: string, folder: string, process: TestProcess) {
    this.#url = url;
    this.#infoHash = infoHash;
    this.#folder = folder;
    this.#process = process;
  }

  static url(transport: Transport, ip: string, port: number): string {
    return `${transport}://${ip}:${port}/announce`;
  }

  /** Settles when it answers. @param infoHash of the only torrent that it serves: Debian's takes none that is not on its list. */
  static async started(
    transport: Transport,
    ip: string,
    port: number,
    infoHash: string,
  ): Promise<OpenTracker> {
    const folder = mkdtempSync(join(tmpdir(), "opentracker-"));
    // It shuts itself in there, as "nobody".
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "list"), `${infoHash}\n`);
    const door = [transport === "http" ? "-p" : "-P", String(port)];
    const process = TestProcess.start("opentracker", ["-i", ip, ...door, "-d", folder, "-w", "list"], {
      cwd: folder,
    });
    const tracker = new OpenTracker(OpenTracker.url(transport, ip, port), infoHash, folder, process);
    const answers = async (): Promise<boolean> => (await tracker.counts()) !== undefined;
    await until(answers, READY_MS, () => `opentracker does not answer: ${process.stdout}${process.stderr}`);
    return tracker;
  }

  /** As our `scrape` tells; undefined when nobody answers. */
  async counts(): Promise<Counts | undefined> {
    const { code, stdout } = await run(process.execPath, [
      main,
      "scrape",
      this.#url,
      this.#infoHash,
      "--timeout",
      "2s",
      "--json",
    ]);
    return code === 0 ? (JSON.parse(stdout.toString()) as Counts) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
