// Three NATS servers on loopback that agree, to be killed and started again. Knows nothing of chat.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findProgram } from "@socketlab/core/test-kit";
import { freePort } from "./server.ts";

const READY_TIMEOUT_MS = 45_000;

interface Ports {
  readonly clients: number;
  readonly routes: number;
  readonly monitor: number;
}

export class NatsCluster {
  readonly #folder: string;
  readonly #ports: readonly Ports[];
  readonly #servers: (ChildProcess | undefined)[] = [];
  #log = "";

  private constructor(folder: string, ports: readonly Ports[]) {
    this.#folder = folder;
    this.#ports = ports;
  }

  /** @param folder where they keep what they are to keep. */
  static async start(folder: string): Promise<NatsCluster> {
    const ports = [];
    for (let i = 0; i < 3; i++)
      ports.push({ clients: await freePort(), routes: await freePort(), monitor: await freePort() });
    const cluster = new NatsCluster(folder, ports);
    for (const index of ports.keys()) cluster.launch(index);
    await cluster.ready();
    return cluster;
  }

  get url(): string {
    return `nats://${this.#ports.map(({ clients }) => `127.0.0.1:${clients}`).join(",")}`;
  }

  /** The last that the servers said. */
  get log(): string {
    return this.#log.slice(-4000);
  }

  launch(index: number): void {
    const { clients, routes, monitor } = this.#ports[index]!;
    const folder = join(this.#folder, `nats-${index}`);
    mkdirSync(folder, { recursive: true });
    const others = this.#ports.map((ports) => `nats://127.0.0.1:${ports.routes}`);
    const flags = {
      "--addr": "127.0.0.1",
      "--port": String(clients),
      "--http_port": String(monitor),
      "--name": `nats-${index}`,
      "--store_dir": folder,
      "--cluster_name": "faults",
      "--cluster": `nats://127.0.0.1:${routes}`,
      "--routes": others.join(","),
    };
    const server = spawn(findProgram("nats-server")!, ["--jetstream", ...Object.entries(flags).flat()], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    server.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (this.#log = (this.#log + text).slice(-100_000)));
    this.#servers[index] = server;
  }

  async kill(index: number): Promise<void> {
    const server = this.#servers[index];
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  }

  /** Until all three are up and have what they are to have. */
  async ready(): Promise<void> {
    const end = Date.now() + READY_TIMEOUT_MS;
    for (const { monitor } of this.#ports) {
      while (!(await isHealthy(monitor))) {
        if (Date.now() > end) throw new Error(`the NATS servers are not ready in time:\n${this.log}`);
        await delay(50);
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#ports.map((_, index) => this.kill(index)));
  }
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1000) });
    return answer.ok;
  } catch {
    return false;
  }
}
