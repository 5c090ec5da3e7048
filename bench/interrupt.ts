// What is done when the benchmark is interrupted. Knows nothing of what there is to end.

/** Ctrl-C, or SIGTERM: closes, and exits with the code for that. */
export function closeOnInterrupt(close: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void close().finally(() => process.exit(130)));
}
