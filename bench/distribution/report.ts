// The measured times beside the bound, as Markdown that also reads well in a terminal. It measures nothing.
import { formatBytes } from "@socketlab/core/terminal";
import { table, withRange } from "../report.ts";
import { summarize } from "../statistics.ts";
import {
  boundSeconds,
  downloadSeconds,
  peerBoundSeconds,
  uploadSeconds,
  type Distribution,
} from "./bound.ts";
import type { Distributed, Way } from "./measure.ts";

const asSeconds = (value: number): string => value.toFixed(2);
const asRatio = (value: number): string => value.toFixed(3);
const asRate = (value: number): string => (value === Infinity ? "not capped" : `${formatBytes(value)}/s`);

export function describeDistribution(distribution: Distribution): string {
  const { fileBytes, uploadBytesPerSecond, peerBytesPerSecond, downloadBytesPerSecond } = distribution;
  const rates = `u_s = ${asRate(uploadBytesPerSecond)}, d_min = ${asRate(downloadBytesPerSecond)}`;
  return `F = ${formatBytes(fileBytes)}, ${rates}, among peers u_i = ${asRate(peerBytesPerSecond)}`;
}

/** @param runs of every number of clients, in any order. */
export function formatDistribution(distribution: Distribution, runs: readonly Distributed[]): string {
  const numbers = [...new Set(runs.map(({ clients }) => clients))].toSorted((a, b) => a - b);
  const isCapped = distribution.downloadBytesPerSecond < Infinity;
  const measured = (way: Way, clients: number, bound: number): string[] => {
    const these = runs.filter((run) => run.way === way && run.clients === clients);
    const column = (of: (run: Distributed) => number, show: (value: number) => string): string =>
      these.length === 0 ? "–" : withRange(summarize(these.map(of)), show);
    return [
      asSeconds(bound),
      column(({ firstSeconds }) => firstSeconds, asSeconds),
      column(({ seconds }) => seconds, asSeconds),
      column(({ seconds }) => seconds / bound, asRatio),
    ];
  };
  const rows = numbers.map((clients) => [
    String(clients),
    asSeconds(uploadSeconds(distribution, clients)),
    ...(isCapped ? [asSeconds(downloadSeconds(distribution))] : []),
    ...measured("client-server", clients, boundSeconds(distribution, clients)),
    ...measured("peer-to-peer", clients, peerBoundSeconds(distribution, clients)),
  ]);
  const head = (bound: string): string[] => [
    `${bound}, s`,
    "first has it, s",
    "last has it, s",
    `last / ${bound}`,
  ];
  const terms = ["N·F/u_s, s", ...(isCapped ? ["F/d_min, s"] : [])];
  return table(["N", ...terms, ...head("D_cs"), ...head("D_p2p")], rows);
}
