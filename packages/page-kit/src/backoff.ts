// How long to wait before trying again: longer each time, and never in step with everybody else. Knows nothing of sockets.
const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * Exponential back-off with jitter: between half and all of 0.5 s, 1 s, 2 s, … 15 s. A thousand pages that lost the same
 * server at the same moment must not come back at the same moment.
 * @param attempt 0 for the first try after a loss.
 * @param random in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(most / 2 + (random * most) / 2);
}
