// An echo server on core in a process of its own, which says over IPC what it holds. Its argument: `maxConnections`.
import { readdirSync } from "node:fs";
import { startEcho } from "../echo-on-core.ts";

const server = await startEcho("tcp://127.0.0.1:0", { maxConnections: Number(process.argv[2]) });

/** What this process holds, after the garbage collector has been. */
export interface Holdings {
  readonly port: number;
  readonly conversations: number;
  readonly refused: number;
  readonly errors: string[];
  readonly descriptors: number;
  readonly heapBytes: number;
}

process.on("message", () => {
  globalThis.gc?.();
  const holdings: Holdings = {
    port: server.port,
    conversations: server.listener.sockets.size,
    refused: server.listener.refused,
    errors: [...new Set(server.errors.map((error) => error.message.replaceAll(/\d+/gu, "…")))],
    descriptors: process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0,
    heapBytes: process.memoryUsage().heapUsed,
  };
  process.send?.(holdings);
});
