// The swarms' measured times by the number of leechers, each client beside the bound. It measures nothing.
import { formatBytes } from "@socketlab/core/terminal";
import type { SwarmLoad } from "../cases.ts";
import type { CaseResult } from "../compare.ts";
import { draw, type Series } from "../picture.ts";
import { median } from "../statistics.ts";
import { swarmBoundSeconds } from "./bound.ts";

type Swarms = CaseResult & { load: SwarmLoad };

const isSwarms = (result: CaseResult): result is Swarms => result.load.mode === "swarm";

/** Undefined where there is nothing to be seen. */
export function plotSwarms(results: readonly CaseResult[]): string | undefined {
  const swarms = results.filter(isSwarms);
  const titles = [...new Set(swarms.flatMap(({ subjects }) => subjects.map(({ title }) => title)))];
  const measured = titles
    .map((title): Series => ({ name: title, times: swarms.flatMap((swarm) => timesOf(swarm, title)) }))
    .filter(({ times }) => times.length > 0);
  const load = swarms[0]?.load;
  if (load === undefined || measured.length === 0) return undefined;
  const { fileBytes, pieceBytes, seedBytesPerSecond, uploadBytesPerSecond } = load;
  const rates = `u_s = ${formatBytes(seedBytesPerSecond)}/s, u_i = ${formatBytes(uploadBytesPerSecond)}/s`;
  return draw({
    title: "One file among N peers: how long until the last has it",
    subtitle: `F = ${formatBytes(fileBytes)} in pieces of ${formatBytes(pieceBytes)}, ${rates}`,
    description: describe(swarms),
    counted: "leechers",
    measured,
    lines: [
      {
        name: "D_p2p = max(F/u_s, F/d_min, N·F/(u_s + Σu_i))",
        kind: "bound",
        at: (leechers) => swarmBoundSeconds(load, leechers),
      },
    ],
  });
}

const timesOf = ({ load, subjects }: Swarms, title: string): Series["times"] =>
  secondsOf(subjects, title).map((seconds) => ({ number: load.leechers, seconds }));

const secondsOf = (subjects: CaseResult["subjects"], title: string): number[] =>
  subjects
    .filter((one) => one.title === title)
    .flatMap(({ runs }) => runs.flatMap(({ seconds }) => seconds ?? []));

function describe(swarms: readonly Swarms[]): string {
  return swarms
    .map(({ load, subjects }) => {
      const times = subjects.flatMap(({ title }) => {
        const seconds = secondsOf(subjects, title);
        return seconds.length === 0 ? [] : [`${title} ${median(seconds).toFixed(1)} s`];
      });
      const bound = swarmBoundSeconds(load, load.leechers).toFixed(1);
      return `With ${load.leechers} leechers: ${times.join(", ")}; D_p2p is ${bound} s.`;
    })
    .join(" ");
}
