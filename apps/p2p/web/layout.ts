// Where the houses of a swarm stand: around an ellipse, as large as there is room for. Draws nothing.

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How much can be read on a house. */
export type Detail = "full" | "medium" | "small" | "tiny";

export interface Layout {
  readonly detail: Detail;
  readonly house: Size;
  readonly height: number;
  /** The middle of each house. */
  readonly places: readonly Point[];
}

interface Kind {
  readonly detail: Detail;
  readonly house: Size;
  /** To the next house. */
  readonly gap: number;
  /** A house may stand so far above and below the middle. */
  readonly reach: number;
}

/** The largest first. */
const kinds: readonly Kind[] = [
  { detail: "full", house: { width: 148, height: 124 }, gap: 90, reach: 300 },
  { detail: "full", house: { width: 124, height: 112 }, gap: 64, reach: 280 },
  { detail: "medium", house: { width: 72, height: 70 }, gap: 24, reach: 320 },
  { detail: "small", house: { width: 40, height: 38 }, gap: 8, reach: 340 },
  { detail: "tiny", house: { width: 26, height: 26 }, gap: 4, reach: 700 },
];
const EDGE_PX = 6;
const STEP_PX = 10;
/** So that there is something to see between two houses; among many, a flat ellipse would be all lanes side by side. */
const LEAST_REACH = 100;
const FEW = 6;
const ROUNDNESS = 0.28;

/** @param width of the picture, in pixels. */
export function layoutOf(count: number, width: number): Layout {
  if (count === 0) return { detail: "full", house: kinds[0]!.house, height: 0, places: [] };
  for (const kind of kinds) {
    const least = count <= FEW ? LEAST_REACH : Math.min(kind.reach, width * ROUNDNESS);
    for (let reach = least; reach <= kind.reach; reach += STEP_PX) {
      const layout = around(count, width, reach, kind);
      if (fits(layout, kind.gap)) return layout;
    }
  }
  const last = kinds.at(-1)!;
  return around(count, width, last.reach, last);
}

function around(count: number, width: number, reach: number, kind: Kind): Layout {
  const { detail, house } = kind;
  const isFlat = count <= 2;
  const [across, along] = [Math.max(0, (width - house.width) / 2 - EDGE_PX), isFlat ? 0 : reach];
  const points =
    count === 1 ? [{ x: 0, y: 0 }] : evenly(count, isFlat ? Math.PI : -Math.PI / 2, across, along);
  const highest = Math.min(...points.map(({ y }) => y));
  const lowest = Math.max(...points.map(({ y }) => y));
  const beginY = EDGE_PX + house.height / 2 - highest;
  const places = points.map(({ x, y }) => ({ x: width / 2 + x, y: beginY + y }));
  return { detail, house, height: lowest - highest + house.height + 2 * EDGE_PX, places };
}

/** Points on an ellipse at equal distances along it. */
function evenly(count: number, begin: number, across: number, along: number): Point[] {
  const steps = 360;
  const at = (step: number): Point => {
    const angle = begin + (2 * Math.PI * step) / steps;
    return { x: across * Math.cos(angle), y: along * Math.sin(angle) };
  };
  const lengths = [0];
  for (let step = 1; step <= steps; step++) {
    const [from, to] = [at(step - 1), at(step)];
    lengths.push(lengths[step - 1]! + Math.hypot(to.x - from.x, to.y - from.y));
  }
  const all = lengths[steps]!;
  let step = 0;
  return Array.from({ length: count }, (_, n) => {
    while (lengths[step]! < (all * n) / count) step++;
    return at(step);
  });
}

function fits({ house, places }: Layout, gap: number): boolean {
  return places.every((one, at) =>
    places
      .slice(at + 1)
      .every(
        (other) =>
          Math.abs(one.x - other.x) >= house.width + gap || Math.abs(one.y - other.y) >= house.height + gap,
      ),
  );
}

/** The part of the line between two houses that is between them. Undefined: nothing. */
export function between(
  from: Point,
  to: Point,
  house: Size,
  padding: number,
): readonly [Point, Point] | undefined {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const [halfWidth, halfHeight] = [house.width / 2 + padding, house.height / 2 + padding];
  const share = Math.min(halfWidth / Math.abs(dx), halfHeight / Math.abs(dy));
  if (share >= 0.5) return undefined;
  return [
    { x: from.x + dx * share, y: from.y + dy * share },
    { x: to.x - dx * share, y: to.y - dy * share },
  ];
}
