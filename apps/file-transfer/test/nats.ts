// Starts NATS servers on loopback, one or three that agree, and always stops them. Knows nothing of files.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, afterEach } from "vitest";

const READY_TIMEOUT_MS = 45_000;
const SHOWN_LOG_CHARACTERS = 4000;

/** What a failed test has left running must not outlive the tests. */
const started = new Set<Nats>();
afterAll(() => Promise.all([...started].map((nats) => nats.stop())));
afterEach(({ task }) => {
  if (task.result?.state === "fail") for (const nats of started) console.error(nats.logs());
});

/** One NATS server, or a cluster of three; each keeps its port and its folder when it is started again. */
export class Nats {
  readonly #folder = mkdtempSync(join(tmpdir(), "file-transfer-nats-"));
  readonly #ports: readonly number[];
  readonly #routes: readonly string[];
  readonly #servers: (ChildProcess | undefined)[] = [];

  readonly #maxStoreBytes: number | undefined;

  private constructor(ports: readonly number[], routePorts: readonly number[], maxStoreBytes?: number) {
    this.#ports = ports;
    this.#maxStoreBytes = maxStoreBytes;
    this.#routes = routePorts.map((port) => `nats://127.0.0.1:${port}`);
  }

  /** @param options.maxStoreBytes what JetStream may keep. */
  static async start(size: 1 | 3, options: { maxStoreBytes?: number } = {}): Promise<Nats> {
    const ports = await freePorts(size === 1 ? 1 : 6);
    const nats = new Nats(ports.slice(0, size), ports.slice(size), options.maxStoreBytes);
    started.add(nats);
    for (let index = 0; index < size; index++) nats.startServer(index);
    await nats.ready();
    return nats;
  }

  /** All its servers. */
  get url(): string {
    return `nats://${this.#ports.map((port) => `127.0.0.1:${port}`).join(",")}`;
  }

  get size(): number {
    return this.#ports.length;
  }

  urlOf(index: number): string {
    return `nats://127.0.0.1:${this.#ports[index]}`;
  }

  startServer(index: number): void {
    const port = String(this.#ports[index]);
    const args = ["-a", "127.0.0.1", "-p", port, "-n", `n${index}`, "-js", "-sd", this.#path(index)];
    if (this.#maxStoreBytes !== undefined) {
      const file = `${this.#path(index)}.conf`;
      writeFileSync(file, `jetstream { max_file_store: ${this.#maxStoreBytes} }\n`);
      args.push("-c", file);
    }
    if (this.#routes.length > 0)
      args.push(
        "--cluster_name",
        "test",
        "--cluster",
        this.#routes[index]!,
        "--routes",
        this.#routes.join(","),
      );
    const server = spawn("nats-server", args, { stdio: ["ignore", "ignore", "pipe"] });
    server.stderr.pipe(createWriteStream(`${this.#path(index)}.log`, { flags: "a" }));
    this.#servers[index] = server;
  }

  async killServer(index: number, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const server = this.#servers[index];
    this.#servers[index] = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, "exit");
    server.kill(signal);
    await exit;
  }

  /** Until whichever of its servers are running answer, and take what is to be kept. */
  async ready(): Promise<void> {
    const end = performance.now() + READY_TIMEOUT_MS;
    for (const [index, server] of this.#servers.entries())
      while (server !== undefined && !(await answers(this.urlOf(index)))) {
        if (performance.now() > end) throw new Error(`a NATS server is not ready in time:\n${this.logs()}`);
        await delay(50);
      }
  }

  logs(): string {
    return this.#ports
      .map((port, index) => {
        const log = readFileSync(`${this.#path(index)}.log`, "utf8");
        return `nats-server ${index} at ${port}:\n${log.slice(-SHOWN_LOG_CHARACTERS)}`;
      })
      .join("\n");
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((_, index) => this.killServer(index)));
    rmSync(this.#folder, { recursive: true, force: true });
    started.delete(this);
  }

  #path(index: number): string {
    return join(this.#folder, `n${index}`);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const connection = await connect({
      servers: url,
      reconnect: false,
      timeout: 1000,
      ignoreClusterUpdates: true,
    });
    try {
      const manager = await jetstreamManager(connection, { timeout: 1000 });
      return (await manager.getAccountInfo()) !== undefined;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await once(server.listen(0, "127.0.0.1"), "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
