// What every server of the benchmark does for its runner: prints its port, collects garbage when told, ends with stdin.
import { setTimeout as delay } from "node:timers/promises";

/** Call it once the server listens. Any line on stdin asks for a garbage collection; "collected" answers it. */
export function announce(port: number): void {
  process.stdin.on("data", () => void collect());
  process.stdin.on("end", () => process.exit(0));
  console.log(port);
}

// Twice, and with pauses: V8 gives pages back to the system some time after a collection.
async function collect(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error("start this server with --expose-gc");
  for (let times = 0; times < 3; times++) {
    globalThis.gc();
    await delay(50);
  }
  console.log("collected");
}
