// The book's figure from what was measured: client-server and peer-to-peer, each beside its bound. It measures nothing.
import { draw, type Line, type Series } from "../picture.ts";
import { summarize } from "../statistics.ts";
import {
  boundSeconds,
  downloadSeconds,
  peerBoundSeconds,
  uploadSeconds,
  type Distribution,
} from "./bound.ts";
import type { Distributed, Way } from "./measure.ts";
import { describeDistribution } from "./report.ts";

/** @param runs of every number of clients, in any order. */
export function plotDistribution(distribution: Distribution, runs: readonly Distributed[]): string {
  const isCapped = distribution.downloadBytesPerSecond < Infinity;
  const isBoth = runs.some(({ way }) => way === "peer-to-peer");
  const series = (way: Way, name: string): Series => ({
    name: `${name}: median, least to most`,
    times: runs
      .filter((run) => run.way === way)
      .map(({ clients, seconds }) => ({ number: clients, seconds })),
  });
  const own: Line[] = [
    {
      name: isCapped ? "D_cs = max(N·F/u_s, F/d_min)" : "D_cs = N·F/u_s",
      kind: "bound",
      at: (clients) => boundSeconds(distribution, clients),
    },
  ];
  const terms: Line[] = [
    { name: "N·F/u_s", kind: "part", at: (clients) => uploadSeconds(distribution, clients) },
    ...(isCapped
      ? [{ name: "F/d_min", kind: "part" as const, at: () => downloadSeconds(distribution) }]
      : []),
  ];
  const peers: Line = {
    name: "D_p2p = max(F/u_s, F/d_min, N·F/(u_s + Σu_i))",
    kind: "other",
    at: (clients) => peerBoundSeconds(distribution, clients),
  };
  return draw({
    title: "One file to N: how long until the last has it",
    subtitle: describeDistribution(distribution),
    description: describe(distribution, runs),
    counted: "clients, or peers",
    measured: [
      series("client-server", "client–server"),
      ...(isBoth ? [series("peer-to-peer", "peer-to-peer")] : []),
    ],
    lines: [...own, ...(isBoth ? [peers] : terms)],
  });
}

function describe(distribution: Distribution, runs: readonly Distributed[]): string {
  const most = Math.max(...runs.map(({ clients }) => clients));
  const last = (way: Way): number | undefined => {
    const times = runs.filter((run) => run.way === way && run.clients === most).map(({ seconds }) => seconds);
    return times.length === 0 ? undefined : summarize(times).median;
  };
  const [server, peers] = [last("client-server"), last("peer-to-peer")];
  return [
    server !== undefined &&
      `With ${most} clients it takes ${server.toFixed(1)} s; D_cs is ${boundSeconds(distribution, most).toFixed(1)} s.`,
    peers !== undefined &&
      `Among ${most} peers it takes ${peers.toFixed(1)} s; D_p2p is ${peerBoundSeconds(distribution, most).toFixed(1)} s.`,
  ]
    .filter((sentence) => sentence !== false)
    .join(" ");
}
