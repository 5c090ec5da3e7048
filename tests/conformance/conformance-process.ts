// Runs the checks for one app's servers as a program of its own, as whoever wrote a server would. Knows no app.
import { run } from "@socketlab/core/test-kit";

export interface Verdict {
  readonly code: number | null;
  /** What it said, and then what it complained of. */
  readonly output: string;
}

/** @param main the program: `main.ts` in the app's folder beside this file. */
export async function runConformance(main: string, args: readonly string[]): Promise<Verdict> {
  const { code, stdout, stderr } = await run(process.execPath, [main, ...args]);
  return { code, output: stdout.toString() + stderr };
}
