// Measured times and their bounds by the number of hosts, as a picture (SVG), light or dark as its reader has set. Knows
// nothing of what was measured.
import { summarize } from "./statistics.ts";

export interface Picture {
  title: string;
  /** What was fixed. */
  subtitle: string;
  /** The picture in words. */
  description: string;
  /** What is counted on the axis below. */
  counted: string;
  measured: readonly Series[];
  lines: readonly Line[];
}

/** Times of each number, in seconds; several of one number are shown as their median, with the least and the most. */
export interface Series {
  name: string;
  times: readonly { number: number; seconds: number }[];
}

export interface Line {
  name: string;
  /** A bound, the bound of another kind, or one of the terms that a bound is made of. */
  kind: "bound" | "other" | "part";
  at: (number: number) => number;
}

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 24;
const TOP = 64;
const BOTTOM = 56;

// No colour is needed to tell series apart: each has a shape of its own.
const style = `
    svg { --ground: #ffffff; --ink: #1c1d20; --muted: #5b5d64; --line: #dcd9d2;
      --c0: #9a5b00; --c1: #1f5fa8; --c2: #2c6e49; --c3: #8a2f63; --c4: #5b5d64;
      font: 13px system-ui, sans-serif; fill: var(--ink); }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #1b1f26; --ink: #e9e7e2; --muted: #a6a9b2; --line: #323843;
        --c0: #ffc266; --c1: #8ab8f0; --c2: #8fd1a8; --c3: #eba0c6; --c4: #a6a9b2; }
    }
    .ground { fill: var(--ground); }
    .title { font-size: 16px; font-weight: 600; }
    .muted { fill: var(--muted); }
    .grid { stroke: var(--line); }
    .bound { fill: none; stroke: var(--ink); stroke-width: 2; }
    .other { fill: none; stroke: var(--ink); stroke-width: 2; stroke-dasharray: 8 4; }
    .part { fill: none; stroke: var(--muted); stroke-dasharray: 2 5; }
    .measured { stroke-width: 2; }
${[0, 1, 2, 3, 4].map((color) => `    .s${color} { fill: var(--c${color}); stroke: var(--c${color}); }`).join("\n")}`;

/** A circle, a square, a triangle, a diamond, a cross; each about a point. */
const shapes = [
  "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z",
  "M-4 -4H4V4H-4Z",
  "M0 -5L5 4H-5Z",
  "M0 -6L5 0L0 6L-5 0Z",
  "M-4 -4L4 4M-4 4L4 -4",
];

const mark = (series: number, x: number, y: number): string =>
  `<path class="measured s${series % shapes.length}" transform="translate(${x} ${y})" d="${shapes[series % shapes.length]}"/>`;

const range = (series: number, x: number, from: number, to: number): string =>
  `<path class="measured s${series % shapes.length}" d="M${x} ${from}V${to}"/>`;

export function draw({ title, subtitle, description, counted, measured, lines }: Picture): string {
  const times = measured.flatMap((series) => series.times);
  const most = Math.max(...times.map(({ number }) => number));
  const numbers = Array.from({ length: most }, (_, index) => index + 1);
  const longest = Math.max(...lines.map(({ at }) => at(most)), ...times.map(({ seconds }) => seconds));
  const steps = ticks(longest);
  const top = steps.at(-1) ?? longest;
  const x = (number: number): number => round(LEFT + ((WIDTH - LEFT - RIGHT) * (number - 0.5)) / most);
  const y = (seconds: number): number => round(HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * seconds) / top);

  const grid = steps.map(
    (seconds) =>
      `<path class="grid" d="M${LEFT} ${y(seconds)}H${WIDTH - RIGHT}"/>` +
      `<text class="muted" x="${LEFT - 8}" y="${y(seconds) + 4}" text-anchor="end">${seconds}</text>`,
  );
  const every = Math.ceil(most / 16);
  const labels = numbers
    .filter((number) => number % every === 0 || number === 1)
    .map(
      (number) =>
        `<text class="muted" x="${x(number)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${number}</text>`,
    );
  const curves = lines.map(
    ({ kind, at }) =>
      `<polyline class="${kind}" points="${numbers.map((number) => `${x(number)},${y(at(number))}`).join(" ")}"/>`,
  );
  const marks = measured.flatMap((series, index) =>
    [...Map.groupBy(series.times, ({ number }) => number)].map(([number, these]) => {
      const { median, min, max } = summarize(these.map(({ seconds }) => seconds));
      return range(index, x(number), y(min), y(max)) + mark(index, x(number), y(median));
    }),
  );

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">
  <title id="title">${escape(title)}</title>
  <desc id="desc">${escape(description)}</desc>
  <style>${style}
  </style>
  <rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>
  <text class="title" x="${LEFT}" y="26">${escape(title)}</text>
  <text class="muted" x="${LEFT}" y="46">${escape(subtitle)}</text>
  ${grid.join("\n  ")}
  ${labels.join("\n  ")}
  <text class="muted" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${counted} (N)</text>
  <text class="muted" transform="translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">seconds until the last has the file</text>
  ${curves.join("\n  ")}
  ${marks.join("\n  ")}
  ${legend(measured, lines)}
</svg>
`;
}

function legend(measured: readonly Series[], lines: readonly Line[]): string {
  const signs = [
    ...measured.map(({ name }, index) => ({ name, sign: range(index, 12, -7, 7) + mark(index, 12, 0) })),
    ...lines.map(({ name, kind }) => ({ name, sign: `<path class="${kind}" d="M0 0H24"/>` })),
  ];
  return signs
    .map(
      ({ name, sign }, row) =>
        `<g transform="translate(${LEFT + 16} ${TOP + 16 + row * 20})">${sign}<text x="34" y="4">${escape(name)}</text></g>`,
    )
    .join("\n  ");
}

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

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
