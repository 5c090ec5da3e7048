// Measures one file's way from one server to many clients, prints it beside the bound, and stores both. Reads no flags.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stopAll } from "../commands/account.ts";
import { LeftOut } from "../commands/left-out.ts";
import { openWorkspace } from "../commands/workspace.ts";
import { closeOnInterrupt } from "../interrupt.ts";
import { describeMachine } from "../machine.ts";
import { formatMachine } from "../report.ts";
import type { Distribution } from "./bound.ts";
import { measureDistribution, type Distributed } from "./measure.ts";
import { plotDistribution } from "./plot.ts";
import { describeDistribution, formatDistribution } from "./report.ts";

export const usualDistribution: Distribution = {
  fileBytes: 16 * 1024 * 1024,
  uploadBytesPerSecond: 8 * 1024 * 1024,
  downloadBytesPerSecond: 4 * 1024 * 1024,
};

export interface DistributionOptions {
  distribution: Distribution;
  /** Each number of clients that is measured, in turn. */
  clients: readonly number[];
  runs: number;
  isComplete: boolean;
}

/** @param accountant the program that account.c became. @throws what has failed. */
export async function runDistribution(accountant: string, options: DistributionOptions): Promise<void> {
  const { distribution, clients, runs, isComplete } = options;
  const workspace = openWorkspace();
  const close = async (): Promise<void> => {
    await stopAll();
    workspace.remove();
  };
  closeOnInterrupt(close);
  try {
    const machine = describeMachine([]);
    const measured: Distributed[] = [];
    for (let run = 1; run <= runs; run++) {
      for (const number of clients) {
        const one = await measureDistribution(accountant, workspace, distribution, number);
        measured.push(one);
        console.error(`${run}/${runs} ${number} clients: ${one.seconds.toFixed(2)} s`);
      }
    }
    const text = [
      "# One file from one server to N clients",
      formatMachine(machine),
      `${describeDistribution(distribution)}; ${runs} runs; median (min–max)`,
      formatDistribution(distribution, measured),
    ].join("\n\n");
    console.log(text);
    if (!isComplete) return;
    const folder = path.join(import.meta.dirname, "..", "results");
    mkdirSync(folder, { recursive: true });
    const name = `distribution-${machine.date.slice(0, 10)}`;
    const store = (ending: string, content: string): void =>
      writeFileSync(path.join(folder, `${name}.${ending}`), content);
    store("md", `${text}\n\n![Measured time and D_cs by the number of clients](${name}.svg)\n`);
    store("json", `${JSON.stringify({ machine, distribution, runs, measured }, undefined, 2)}\n`);
    store("svg", plotDistribution(distribution, measured));
    console.error(`stored in bench/results/${name}.md, .json and .svg`);
  } catch (error) {
    if (error instanceof LeftOut)
      throw new Error(`the server or the client cannot be slowed down: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await close();
  }
}
