// Asks the broker until it answers. Knows neither what is asked nor what an answer says.
import { setTimeout as delay } from "node:timers/promises";
import type { Broker } from "./broker.ts";
import { isFull, mayPass } from "./faults.ts";

/** All tries together: three brokers need up to ten seconds to agree on who goes on for one that has died. */
export const TIMEOUT_MS = 15_000;
const RETRY_PAUSE_MS = 250;

/**
 * Asks until there is an answer, or the time is over. Only for what may be done twice: a try without an answer may have
 * been done all the same.
 *
 * @param what cannot be done, such as `a/b.txt cannot be read`.
 * @param request undefined stands for "not yet".
 * @throws the app's own error, by `broker.failure`, when the time is over, or the broker refuses.
 */
export async function ask<T>(
  broker: Pick<Broker, "url" | "failure">,
  what: string,
  request: () => Promise<T | undefined>,
  timeoutMs: number = TIMEOUT_MS,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    try {
      const answer = await request();
      if (answer !== undefined) return answer;
    } catch (error) {
      problem = error;
    }
    const isHopeless = problem !== undefined && !mayPass(problem);
    if (isHopeless || performance.now() + RETRY_PAUSE_MS > end) {
      const why = problem instanceof Error ? problem.message : "no answer";
      const cause = { cause: problem };
      if (isFull(problem))
        throw broker.failure("no-space", `${what}: ${broker.url} has no room (${why})`, cause);
      const sentence = `${what}: ${broker.url} does not answer as it should (${why}): try again`;
      throw broker.failure("failed", sentence, cause);
    }
    await delay(RETRY_PAUSE_MS);
  }
}
