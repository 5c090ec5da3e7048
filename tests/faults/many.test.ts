// Ten thousand connections, and a flood over the limit: each in its own process, while somebody else's talk goes on.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { connect } from "@socketlab/core";
import { echo } from "../echo-on-core.ts";
import { needs } from "@socketlab/core/test-kit";
import type { Holdings } from "./many-server.ts";

/** Starts a file of this folder with as many descriptors as the system allows. */
function start(name: string, ...args: number[]): ChildProcess {
  const script = 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$0" --expose-gc "$@"';
  const file = new URL(name, import.meta.url).pathname;
  return spawn("sh", ["-c", script, process.execPath, file, ...args.map(String)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

async function said<T>(child: ChildProcess): Promise<T> {
  const gone = once(child, "exit").then(([code, signal]) => {
    throw new Error(`the process ended early: ${String(code ?? signal)}`);
  });
  return (await Promise.race([once(child, "message"), gone]))[0] as T;
}

async function holdings(server: ChildProcess): Promise<Holdings> {
  server.send("report");
  return said<Holdings>(server);
}

async function until(server: ChildProcess, condition: (held: Holdings) => boolean): Promise<Holdings> {
  for (let tries = 0; ; tries++) {
    const held = await holdings(server);
    if (condition(held) || tries === 400) return held;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs `crowd` against a server process, with a bystander who is answered from first to last. */
async function withCrowd(
  maxConnections: number,
  crowd: (server: ChildProcess, port: number) => Promise<void>,
): Promise<void> {
  const server = start("many-server.ts", maxConnections);
  try {
    const before = await holdings(server);
    const bystander = await connect(echo, `tcp://127.0.0.1:${before.port}`);
    let over = false;
    const talking = (async () => {
      for (let n = 0; !over; n++) {
        await bystander.send(`bystander ${n}`);
        expect(String(await bystander.receive())).toBe(`bystander ${n}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await Promise.race([crowd(server, before.port), talking]);
    over = true;
    await talking;
    await bystander.close();
    const after = await until(server, ({ conversations }) => conversations === 0);
    expect(after.conversations).toBe(0);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
    expect(after.heapBytes).toBeLessThan(before.heapBytes + 20 * 1024 * 1024);
  } finally {
    server.kill("SIGKILL");
  }
}

async function arrive(
  port: number,
  count: number,
): Promise<{ answered: number; refused: number; leave(): Promise<void> }> {
  const clients = start("many-clients.ts", port, count);
  const result = await said<{ answered: number; refused: number }>(clients);
  const leave = async (): Promise<void> => {
    clients.send("leave");
    await once(clients, "exit");
  };
  return { ...result, leave };
}

test(
  "10,000 connections are open at a time, and each is answered",
  { ...needs("11,000 descriptors"), timeout: 120_000 },
  async () => {
    await withCrowd(20_000, async (server, port) => {
      const crowd = await arrive(port, 10_000);
      expect(crowd).toMatchObject({ answered: 10_000, refused: 0 });
      expect((await holdings(server)).conversations).toBe(10_001);
      await crowd.leave();
    });
  },
);

test(
  "a flood over the limit: as many as may are served, the others are turned away, and then there is room again",
  { timeout: 60_000 },
  async () => {
    await withCrowd(201, async (server, port) => {
      const crowd = await arrive(port, 3000);
      expect(crowd).toMatchObject({ answered: 200, refused: 2800 });
      expect(await holdings(server)).toMatchObject({ conversations: 201, refused: 2800, errors: [] });
      await crowd.leave();
      await until(server, ({ conversations }) => conversations === 1);
      const next = await arrive(port, 200);
      expect(next).toMatchObject({ answered: 200, refused: 0 });
      await next.leave();
    });
  },
);
