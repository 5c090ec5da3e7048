// The measured times and the bound as a picture (SVG), light or dark as its reader has set. It measures nothing.
import { summarize } from "../statistics.ts";
import { boundSeconds, downloadSeconds, uploadSeconds, type Distribution } from "./bound.ts";
import type { Distributed } from "./measure.ts";
import { describeDistribution } from "./report.ts";

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 24;
const TOP = 64;
const BOTTOM = 56;

const style = `
    svg { --ground: #ffffff; --ink: #1c1d20; --muted: #5b5d64; --line: #dcd9d2; --measured: #9a5b00;
      font: 13px system-ui, sans-serif; fill: var(--ink); }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #1b1f26; --ink: #e9e7e2; --muted: #a6a9b2; --line: #323843; --measured: #ffc266; }
    }
    .ground { fill: var(--ground); }
    .title { font-size: 16px; font-weight: 600; }
    .muted { fill: var(--muted); }
    .grid { stroke: var(--line); }
    .bound { fill: none; stroke: var(--ink); stroke-width: 2; }
    .part { fill: none; stroke: var(--muted); stroke-dasharray: 2 5; }
    .measured { fill: var(--measured); stroke: var(--measured); stroke-width: 2; }`;

/** @param runs of every number of clients, in any order. */
export function plotDistribution(distribution: Distribution, runs: readonly Distributed[]): string {
  const mostClients = Math.max(...runs.map(({ clients }) => clients));
  const numbers = Array.from({ length: mostClients }, (_, index) => index + 1);
  const longest = Math.max(boundSeconds(distribution, mostClients), ...runs.map(({ seconds }) => seconds));
  const steps = ticks(longest);
  const top = steps.at(-1) ?? longest;
  const x = (clients: number): number =>
    round(LEFT + ((WIDTH - LEFT - RIGHT) * (clients - 0.5)) / mostClients);
  const y = (seconds: number): number => round(HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * seconds) / top);
  const line = (name: string, at: (clients: number) => number): string =>
    `<polyline class="${name}" points="${numbers.map((clients) => `${x(clients)},${y(at(clients))}`).join(" ")}"/>`;

  const grid = steps.map(
    (seconds) =>
      `<path class="grid" d="M${LEFT} ${y(seconds)}H${WIDTH - RIGHT}"/>` +
      `<text class="muted" x="${LEFT - 8}" y="${y(seconds) + 4}" text-anchor="end">${seconds}</text>`,
  );
  const every = Math.ceil(mostClients / 16);
  const labels = numbers
    .filter((clients) => clients % every === 0 || clients === 1)
    .map(
      (clients) =>
        `<text class="muted" x="${x(clients)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${clients}</text>`,
    );
  const dots = numbers.flatMap((clients) => {
    const these = runs.filter((run) => run.clients === clients).map(({ seconds }) => seconds);
    if (these.length === 0) return [];
    const { median, min, max } = summarize(these);
    const range = `<path class="measured" d="M${x(clients)} ${y(min)}V${y(max)}"/>`;
    return [`${range}<circle class="measured" cx="${x(clients)}" cy="${y(median)}" r="4"/>`];
  });
  const isCapped = distribution.downloadBytesPerSecond < Infinity;

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">
  <title id="title">One file from one server to N clients: measured time and D_cs</title>
  <desc id="desc">${describe(distribution, runs, mostClients)}</desc>
  <style>${style}
  </style>
  <rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>
  <text class="title" x="${LEFT}" y="26">One file from one server to N clients</text>
  <text class="muted" x="${LEFT}" y="46">${describeDistribution(distribution)}</text>
  ${grid.join("\n  ")}
  ${labels.join("\n  ")}
  <text class="muted" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">clients (N)</text>
  <text class="muted" transform="translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">seconds until the last has the file</text>
  ${line("part", (clients) => uploadSeconds(distribution, clients))}
  ${isCapped ? line("part", () => downloadSeconds(distribution)) : ""}
  ${line("bound", (clients) => boundSeconds(distribution, clients))}
  ${dots.join("\n  ")}
  ${legend(isCapped)}
</svg>
`;
}

/** What the lines and dots are, by name and shape, so that no colour is needed to tell them apart. */
function legend(isCapped: boolean): string {
  const x = LEFT + 16;
  const entry = (row: number, sign: string, name: string): string =>
    `<g transform="translate(${x} ${TOP + 16 + row * 20})">${sign}<text x="34" y="4">${name}</text></g>`;
  return [
    entry(
      0,
      '<path class="measured" d="M12 -7V7"/><circle class="measured" cx="12" cy="0" r="4"/>',
      "measured: median, least to most",
    ),
    entry(
      1,
      '<path class="bound" d="M0 0H24"/>',
      isCapped ? "D_cs = max(N·F/u_s, F/d_min)" : "D_cs = N·F/u_s",
    ),
    ...(isCapped ? [entry(2, '<path class="part" d="M0 0H24"/>', "N·F/u_s, and F/d_min")] : []),
  ].join("\n  ");
}

function describe(distribution: Distribution, runs: readonly Distributed[], mostClients: number): string {
  const last = summarize(runs.filter(({ clients }) => clients === mostClients).map(({ seconds }) => seconds));
  const bound = boundSeconds(distribution, mostClients);
  return `With ${mostClients} clients it takes ${last.median.toFixed(1)} s; D_cs is ${bound.toFixed(1)} s.`;
}

/** From 0 in steps of 1, 2 or 5 (times a power of ten), five or so, to the first that is not below the largest value. */
function ticks(largest: number): number[] {
  const rough = largest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;
