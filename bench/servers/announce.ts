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

// Several times, and with pauses: V8 gives pages back to the system some time after a collection.
async function collect(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error("start this server with --expose-gc");
  for (let times = 0; times < 3; times++) {
    globalThis.gc();
    await delay(50);
  }
  console.log("collected");
}
