// What a row of measurements says: extremes, average, spread, percentiles. Knows nothing of what was measured.

export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly avg: number;
  readonly max: number;
  /** The standard deviation, as `ping` calls and computes it: √(mean of squares − square of mean). */
  readonly mdev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Undefined when nothing was measured. */
export function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const avg = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - avg) ** 2, 0) / sorted.length;
  return {
    count: sorted.length,
    min: sorted[0]!,
    avg,
    max: sorted.at(-1)!,
    mdev: Math.sqrt(variance),
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
  };
}

/** The nearest rank: the least value that at least `share` of all are not above. `sorted` ascends and is not empty. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
