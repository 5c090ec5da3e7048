// The cases of a benchmark, measured run by run, each subject once a run: A B C, A B C. It prints nothing.
import type { Binaries } from "./build.ts";
import type { Case, Figure, Goal } from "./cases.ts";
import { measure, type Figures, type Timing } from "./measure.ts";
import { pairedRatios, summarize, type Summary } from "./statistics.ts";
import { subjects, type SubjectName } from "./subjects.ts";

export interface CaseResult {
  name: string;
  load: Case["load"];
  subjects: SubjectResult[];
  goals: GoalResult[];
}

/** The figures of each run, or why there are none. */
export interface SubjectResult {
  name: SubjectName;
  title: string;
  runs: Figures[];
  error?: string;
}

/** The figure, or the ratio of paired runs; where a subject failed there is none, and the goal is not reached. */
export interface GoalResult extends Goal {
  measured?: Summary;
  reached?: boolean;
}

export interface Progress {
  (done: {
    caseName: string;
    load: Case["load"];
    run: number;
    runs: number;
    subject: SubjectName;
    figures?: Figures;
    error?: string;
  }): void;
}

export async function compare(
  one: Case,
  binaries: Binaries,
  runs: number,
  timing: Timing,
  progress: Progress,
): Promise<CaseResult> {
  const results = one.subjects.map((name): SubjectResult => ({
    name,
    title: subjects[name].title,
    runs: [],
  }));
  for (let run = 1; run <= runs; run++) {
    for (const result of results) {
      if (result.error !== undefined) continue; // it would fail again
      try {
        const figures = await measure(binaries, subjects[result.name], one.load, timing);
        result.runs.push(figures);
        progress({ caseName: one.name, load: one.load, run, runs, subject: result.name, figures });
      } catch (error) {
        result.error = error instanceof Error ? error.message : String(error);
        progress({
          caseName: one.name,
          load: one.load,
          run,
          runs,
          subject: result.name,
          error: result.error,
        });
      }
    }
  }
  return {
    name: one.name,
    load: one.load,
    subjects: results,
    goals: one.goals.map((goal) => judge(goal, results)),
  };
}

function judge(goal: Goal, results: readonly SubjectResult[]): GoalResult {
  const bounded = goal.atLeast !== undefined || goal.atMost !== undefined;
  const ours = valuesOf(results, goal.subject, goal.figure);
  const theirs = goal.against && valuesOf(results, goal.against, goal.figure);
  if (ours === undefined || (goal.against !== undefined && theirs === undefined))
    return { ...goal, ...(bounded && { reached: false }) };
  const measured = summarize(theirs === undefined ? ours : pairedRatios(ours, theirs));
  if (!bounded) return { ...goal, measured };
  const reached = measured.median >= (goal.atLeast ?? 0) && measured.median <= (goal.atMost ?? Infinity);
  return { ...goal, measured, reached };
}

/** A subject's figure in each run, or undefined if the subject failed. */
function valuesOf(
  results: readonly SubjectResult[],
  name: SubjectName,
  figure: Figure,
): number[] | undefined {
  const result = results.find((candidate) => candidate.name === name);
  if (result === undefined || result.error !== undefined) return undefined;
  return result.runs.map((run) => run[figure] ?? Number.NaN);
}
