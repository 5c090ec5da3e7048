// The peer under test, as a process of its own with a folder and a tracker of its own. Knows nothing of what it says.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@socketlab/core/test-kit";
import type { Torrent } from "./torrent.ts";
import { TinyTracker } from "./tracker.ts";
import { Wire } from "./wire.ts";

const START_MS = 20_000;
/** What one that has ended has sent is there in so long, if it ever is. */
const LAST_WORDS_MS = 1000;
const HOST = "127.0.0.1";

/** With {torrent} (its file), {magnet} (the link), {folder}, {file} (the content in it), {host} and {port} to be filled in. */
export type Command = readonly string[];

export class Subject implements AsyncDisposable {
  readonly torrent: Torrent;
  readonly tracker: TinyTracker;
  readonly host: string = HOST;
  readonly port: number;
  /** Everything that it has printed. */
  output = "";
  readonly #command: Command;
  readonly #root: string;
  #child: ChildProcess | undefined;

  private constructor(command: Command, torrent: Torrent, tracker: TinyTracker, port: number) {
    this.#command = command;
    this.torrent = torrent;
    this.tracker = tracker;
    this.port = port;
    this.#root = mkdtempSync(join(tmpdir(), "peer-conformance-"));
    mkdirSync(join(this.#root, "folder"));
    writeFileSync(join(this.#root, "given.torrent"), torrent.metainfo(tracker.url));
  }

  /** One that has everything: content lies in its folder before it starts. */
  static async seed(command: Command, torrent: Torrent): Promise<Subject> {
    const subject = await Subject.#make(command, torrent);
    writeFileSync(subject.file, torrent.content);
    return subject.start();
  }

  /** One that has nothing. @param prepare what its tracker tells, say. */
  static async leecher(
    command: Command,
    torrent: Torrent,
    prepare: (tracker: TinyTracker) => void = () => {},
  ): Promise<Subject> {
    const subject = await Subject.#make(command, torrent);
    prepare(subject.tracker);
    return subject.start();
  }

  static async #make(command: Command, torrent: Torrent): Promise<Subject> {
    return new Subject(command, torrent, await TinyTracker.start(), await freePort());
  }

  get file(): string {
    return join(this.#root, "folder", this.torrent.name);
  }

  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get processId(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, or starts it again, and waits until it answers a handshake. */
  async start(): Promise<this> {
    const places: Record<string, string> = {
      torrent: join(this.#root, "given.torrent"),
      magnet: `magnet:?xt=urn:btih:${this.torrent.infoHash.toString("hex")}&tr=${encodeURIComponent(this.tracker.url)}`,
      folder: join(this.#root, "folder"),
      file: this.file,
      host: this.host,
      port: String(this.port),
    };
    const [program = "", ...args] = this.#command.map((part) =>
      part.replaceAll(/\{(\w+)\}/gu, (whole, name: string) => places[name] ?? whole),
    );
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.on("error", (error) => (this.output += error.message));
    for (const stream of [child.stdout, child.stderr])
      stream
        .setEncoding("utf8")
        .on("data", (text: string) => (this.output = (this.output + text).slice(-20_000)));
    for (const startMs = Date.now(); this.isAlive && Date.now() - startMs < START_MS; await delay(50))
      if (await this.#answers()) return this;
    const why = this.isAlive
      ? `no answer after ${START_MS} ms`
      : `it ended with ${child.exitCode ?? child.signalCode}`;
    await this[Symbol.asyncDispose]();
    throw new Error(
      `${program} does not answer handshakes (${why}); it printed: ${this.output.slice(-800) || "nothing"}`,
    );
  }

  /** Starts it again if it has ended, or answers no more. */
  async ensure(): Promise<void> {
    if (this.isAlive && (await this.#answers())) return;
    await this.stop("SIGKILL");
    await this.start();
  }

  /** What lies under the torrent's name in its folder, if anything does. */
  content(): Buffer | undefined {
    try {
      return readFileSync(this.file);
    } catch {
      return undefined;
    }
  }

  /** Changes one byte of the content. */
  spoil(at: number): void {
    const content = this.content()!;
    content[at]! ^= 0xff;
    writeFileSync(this.file, content);
  }

  /** Whether it comes to hold in time; when it has ended, there is no more to wait for than what it has sent before. */
  async until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    for (let lastMs = Date.now() + timeoutMs; !holds(); await delay(20)) {
      if (!this.isAlive) lastMs = Math.min(lastMs, Date.now() + LAST_WORDS_MS);
      if (Date.now() > lastMs) return false;
    }
    return true;
  }

  /** Whether the whole content is there in time, as it should be. */
  hasAll(timeoutMs: number): Promise<boolean> {
    return this.until(() => this.content()?.equals(this.torrent.content) === true, timeoutMs);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (!this.isAlive) return;
    const child = this.#child!;
    const gone = once(child, "exit");
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), 5000);
    await gone.finally(() => clearTimeout(late));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.tracker[Symbol.asyncDispose]();
    rmSync(this.#root, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    const wire = await Wire.dial(this.host, this.port, 1000, "127.0.9.9").catch(() => undefined);
    if (wire === undefined) return false;
    wire.sendHandshake(this.torrent.infoHash, Buffer.from("-CT0000-is it ready?"));
    const answers = await wire.handshake().then(
      () => true,
      () => false,
    );
    wire.close();
    return answers;
  }
}
