// How long to wait before trying again: longer each time, and never in step with everybody else. Knows nothing of sockets.
const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/**
 * Exponential back-off with full jitter: anything up to 0.25 s, 0.5 s, 1 s, … 10 s. A thousand clients that lost the same
 * server at the same moment do not come back at the same moment.
 * @param attempt 0 for the first try after a loss.
 * @param random in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(random * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt));
}
