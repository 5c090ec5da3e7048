// NATS for tests: one server, or three that agree, always stopped when the tests of a file are over. Knows no app.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { jetstreamManager, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { freePorts } from "@socketlab/core/test-kit";
import { afterAll, afterEach } from "vitest";
import { NatsServer } from "./server.ts";

const READY_TIMEOUT_MS = 45_000;
const LOOK_MS = 50;

const started = new Set<Nats>();
afterAll(() => Promise.all([...started].map((nats) => nats.stop())));
afterEach(({ task }) => {
  if (task.result?.state === "fail") for (const nats of started) console.error(nats.log);
});

/** One NATS server, or a cluster of three; each keeps its port and its folder when it is started again. */
export class Nats {
  readonly #folder = mkdtempSync(join(tmpdir(), "nats-"));
  readonly #servers: readonly NatsServer[];

  private constructor(size: 1 | 3, ports: readonly number[], maxStoreBytes: number | undefined) {
    const flags: string[] = [];
    if (maxStoreBytes !== undefined) {
      const file = join(this.#folder, "limits.conf");
      writeFileSync(file, `jetstream { max_file_store: ${maxStoreBytes} }\n`);
      flags.push("-c", file);
    }
    const routes = ports.slice(2 * size).map((port) => `nats://127.0.0.1:${port}`);
    if (size > 1) flags.push("--cluster_name", "test", "--routes", routes.join(","));
    this.#servers = Array.from({ length: size }, (_, index) => {
      const route = size > 1 ? ["--cluster", routes[index]!] : [];
      return new NatsServer({
        name: `n${index}`,
        folder: this.#folder,
        port: ports[index]!,
        monitorPort: ports[size + index]!,
        flags: [...flags, ...route],
      });
    });
  }

  /** @param options.maxStoreBytes what JetStream may keep. */
  static async start(size: 1 | 3, options: { readonly maxStoreBytes?: number } = {}): Promise<Nats> {
    const nats = new Nats(size, await freePorts(3 * size), options.maxStoreBytes);
    started.add(nats);
    for (const server of nats.#servers) server.start();
    await nats.ready();
    return nats;
  }

  get size(): number {
    return this.#servers.length;
  }

  /** All its servers. */
  get url(): string {
    return `nats://${this.#hosts.join(",")}`;
  }

  get log(): string {
    return this.#servers.map(({ log }) => log).join("\n");
  }

  get #hosts(): string[] {
    return this.#servers.map(({ host }) => host);
  }

  startServer(index: number): void {
    this.#servers[index]!.start();
  }

  async killServer(index: number): Promise<void> {
    await this.#servers[index]!.kill();
  }

  /** Until whichever of its servers are running can be asked. */
  async ready(): Promise<void> {
    for (const server of this.#servers) await this.#until(() => server.isReady());
  }

  /** Asks what only JetStream's manager can be asked. */
  async manage<T>(ask: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    const connection = await connect({ servers: this.#hosts });
    try {
      return await ask(await jetstreamManager(connection));
    } finally {
      await connection.close();
    }
  }

  stream(name: string): Promise<StreamInfo> {
    return this.manage((manager) => manager.streams.info(name));
  }

  /** Which server leads a stream. */
  async leaderOf(stream: string): Promise<number> {
    const { cluster } = await this.stream(stream);
    return Number(cluster!.leader!.slice(1));
  }

  /** Until all copies of a stream are complete: two are needed, so the next to be killed must not be the second to lack. */
  async inStep(stream: string): Promise<void> {
    await this.#until(async () => {
      const { replicas = [] } = (await this.stream(stream)).cluster ?? {};
      return replicas.length === this.size - 1 && replicas.every(({ current }) => current);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.kill()));
    rmSync(this.#folder, { recursive: true, force: true });
    started.delete(this);
  }

  async #until(isSo: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + READY_TIMEOUT_MS;
    while (!(await isSo())) {
      if (performance.now() > end) throw new Error(`NATS is not ready in time:\n${this.log}`);
      await delay(LOOK_MS);
    }
  }
}
