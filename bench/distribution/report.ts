// The measured times beside the bound, as Markdown that also reads well in a terminal. It measures nothing.
import { formatBytes } from "@socketlab/core/terminal";
import { table, withRange } from "../report.ts";
import { summarize } from "../statistics.ts";
import { boundSeconds, downloadSeconds, uploadSeconds, type Distribution } from "./bound.ts";
import type { Distributed } from "./measure.ts";

const asSeconds = (value: number): string => value.toFixed(2);
const asRatio = (value: number): string => value.toFixed(3);
const asRate = (value: number): string => (value === Infinity ? "not capped" : `${formatBytes(value)}/s`);

export function describeDistribution(distribution: Distribution): string {
  const { fileBytes, uploadBytesPerSecond, downloadBytesPerSecond } = distribution;
  return `F = ${formatBytes(fileBytes)}, u_s = ${asRate(uploadBytesPerSecond)}, d_min = ${asRate(downloadBytesPerSecond)}`;
}

/** @param runs of every number of clients, in any order. */
export function formatDistribution(distribution: Distribution, runs: readonly Distributed[]): string {
  const numbers = [...new Set(runs.map(({ clients }) => clients))].toSorted((a, b) => a - b);
  const rows = numbers.map((clients) => {
    const these = runs.filter((run) => run.clients === clients);
    const bound = boundSeconds(distribution, clients);
    const column = (of: (run: Distributed) => number, show: (value: number) => string): string =>
      withRange(summarize(these.map(of)), show);
    return [
      String(clients),
      asSeconds(uploadSeconds(distribution, clients)),
      asSeconds(downloadSeconds(distribution)),
      asSeconds(bound),
      column(({ firstSeconds }) => firstSeconds, asSeconds),
      column(({ seconds }) => seconds, asSeconds),
      column(({ seconds }) => seconds / bound, asRatio),
    ];
  });
  const head = [
    "N",
    "N·F/u_s, s",
    "F/d_min, s",
    "D_cs, s",
    "first has it, s",
    "last has it, s",
    "last / D_cs",
  ];
  return table(head, rows);
}
