// Waiting for what happens, never for time alone, for the contract suite.
import { setTimeout as delay } from "node:timers/promises";

/** Waits until `condition` holds; how long that takes is no part of any promise. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const startMs = Date.now(); !condition();) {
    if (Date.now() - startMs > 20_000) throw new Error(`still waiting after 20 s: ${what}`);
    await delay(2);
  }
}

/** Whether `promise` stays unsettled for a while. Only good for showing that it waits for something that does not come. */
export async function isPending(promise: Promise<unknown>, forMs = 100): Promise<boolean> {
  const pending = Symbol("pending");
  return (await Promise.race([promise, delay(forMs, pending)])) === pending;
}

/** What `promise` is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
