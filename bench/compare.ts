// The cases of a benchmark, measured run by run, each subject once a run: A B C, A B C. It prints nothing.
import type { Case, Figure, Figures, Goal, Load } from "./cases.ts";
import { LeftOut } from "./commands/left-out.ts";
import { pairedRatios, summarize, type Summary } from "./statistics.ts";
import { titleOf, type SubjectName } from "./subjects.ts";

/** Takes one measurement. @throws LeftOut what keeps it from being taken here. */
export type Measure = (subject: SubjectName, load: Load) => Promise<Figures>;

export interface CaseResult {
  name: string;
  load: Case["load"];
  subjects: SubjectResult[];
  goals: GoalResult[];
}

/** The figures of each run; or why it failed, or was left out, which is no failure. */
export interface SubjectResult {
  name: SubjectName;
  title: string;
  runs: Figures[];
  error?: string;
  leftOut?: string;
}

/**
 * The figure, or the ratio of paired runs; where a subject failed there is none, and the goal is not reached. Where one was
 * left out, nobody knows.
 */
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
    leftOut?: string;
  }): void;
}

export async function compare(
  one: Case,
  runs: number,
  measure: Measure,
  progress: Progress,
): Promise<CaseResult> {
  const results = one.subjects.map((name): SubjectResult => ({ name, title: titleOf(name), runs: [] }));
  for (let run = 1; run <= runs; run++) {
    for (const result of results) {
      if (result.error !== undefined || result.leftOut !== undefined) continue; // it would be so again
      const done = { caseName: one.name, load: one.load, run, runs, subject: result.name };
      try {
        const figures = await measure(result.name, one.load);
        result.runs.push(figures);
        progress({ ...done, figures });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const outcome = error instanceof LeftOut ? { leftOut: why } : { error: why };
        Object.assign(result, outcome);
        progress({ ...done, ...outcome });
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
  if ([goal.subject, goal.against].some((name) => find(results, name)?.leftOut !== undefined)) return goal;
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
  const result = find(results, name);
  if (result === undefined || result.error !== undefined) return undefined;
  return result.runs.map((run) => run[figure] ?? Number.NaN);
}

function find(results: readonly SubjectResult[], name: SubjectName | undefined): SubjectResult | undefined {
  return results.find((candidate) => candidate.name === name);
}
