// How much moved in the last two minutes: in all, and of each peer. Time is handed in. Knows no plot.
import { allRates, type Graph } from "./graph.ts";

export const KEPT_MS = 120_000;

interface Sample {
  readonly atMs: number;
  readonly all: number;
  readonly peers: ReadonlyMap<string, { readonly upload: number; readonly download: number }>;
}

export interface Rate {
  readonly atMs: number;
  /** Bytes a second. */
  readonly rate: number;
}

export class RateHistory {
  readonly #samples: Sample[] = [];

  add(graph: Graph, nowMs: number): void {
    const peers = new Map(graph.nodes.map(({ key, upload, download }) => [key, { upload, download }]));
    this.#samples.push({ atMs: nowMs, all: allRates(graph), peers });
    while (this.#samples[0]!.atMs < nowMs - KEPT_MS) this.#samples.shift();
  }

  /** In all; and what one peer has sent and received, while it was there. */
  series(key: string | undefined, nowMs: number): { all: Rate[]; upload: Rate[]; download: Rate[] } {
    const kept = this.#samples.filter(({ atMs }) => atMs >= nowMs - KEPT_MS);
    const one = kept.flatMap(({ atMs, peers }) => {
      const rates = key === undefined ? undefined : peers.get(key);
      return rates === undefined ? [] : [{ atMs, ...rates }];
    });
    return {
      all: kept.map(({ atMs, all }) => ({ atMs, rate: all })),
      upload: one.map(({ atMs, upload }) => ({ atMs, rate: upload })),
      download: one.map(({ atMs, download }) => ({ atMs, rate: download })),
    };
  }
}

/** What all of them may send at most; undefined if one of them has no limit, or does not tell. */
export function uploadBound({ nodes }: Graph): number | undefined {
  let bound = 0;
  for (const { seen } of nodes) {
    const limit = seen?.identity.uploadLimit;
    if (limit === undefined || limit === null) return undefined;
    bound += limit;
  }
  return bound > 0 ? bound : undefined;
}
