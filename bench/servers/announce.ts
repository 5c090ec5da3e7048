// What every server of the benchmark does for its runner: prints its port, collects garbage when told, ends with stdin.
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Call it once the server listens. Any line on stdin asks for a garbage collection; "collected" answers it. */
export function announce(address: Pick<AddressInfo, "port"> | string | null): void {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  process.stdin.on("data", () => void collect());
  process.stdin.on("end", () => process.exit(0));
  console.log(address.port);
}

// "Last resort" gives everything free back to the system. An ordinary collection keeps some of it as room to grow, enough to
// hide or to double what 10,000 connections need. Several times, and with pauses: pages are given back some time after.
async function collect(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error("start this server with --expose-gc");
  for (let times = 0; times < 3; times++) {
    globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" });
    await delay(50);
  }
  console.log("collected");
}
