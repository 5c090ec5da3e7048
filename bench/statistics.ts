// Medians and ratios of paired runs. It knows nothing of what was measured.

export interface Summary {
  median: number;
  min: number;
  max: number;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the median of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * Run by run, the first divided by the second. Runs of the same number followed each other closely, so what slows the whole
 * machine for a while slows both and falls out; the ratio of two medians would keep it.
 */
export function pairedRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  if (ours.length !== theirs.length)
    throw new RangeError(`${ours.length} runs cannot be paired with ${theirs.length}`);
  return ours.map((value, run) => value / (theirs[run] ?? Number.NaN));
}
