// Where the houses, their doors and the network between them stand, wide and narrow. Knows no numbers but coordinates.

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly client: Point;
  readonly server: Point;
  /** The middle of the network's text. */
  readonly network: Point;
  /** The pipe, as a line from transport to transport. */
  readonly pipe: readonly Point[];
  /** The way of a message from the client's process to the server's. */
  readonly way: readonly Point[];
}

/** A house: its rooms are drawn inside these bounds. */
export const house = { width: 330, height: 372 } as const;
const process: Point = { x: 51, y: 104 };
const door: Point = { x: 51, y: 190 };
const transport: Point = { x: 51, y: 306 };

function at(origin: Point, inside: Point): Point {
  return { x: origin.x + inside.x, y: origin.y + inside.y };
}

function layout(
  width: number,
  height: number,
  client: Point,
  server: Point,
  network: Point,
  pipe: Point[],
): Layout {
  const way = [
    ...[process, door, transport].map((point) => at(client, point)),
    ...pipe,
    ...[transport, door, process].map((point) => at(server, point)),
  ];
  return { width, height, client, server, network, pipe, way };
}

/** Side by side, as in Figure 2.3 of the book. */
export const wide: Layout = layout(960, 376, { x: 0, y: 0 }, { x: 630, y: 0 }, { x: 480, y: 306 }, [
  { x: 310, y: 306 },
  { x: 650, y: 306 },
]);

/** One above the other; the pipe goes round the server's house, since its cellar is at the bottom too. */
export const narrow: Layout = layout(348, 982, { x: 0, y: 0 }, { x: 0, y: 606 }, { x: 165, y: 470 }, [
  { x: 51, y: 370 },
  { x: 51, y: 402 },
  { x: 334, y: 402 },
  { x: 334, y: 912 },
  { x: 310, y: 912 },
]);

/** Key frames of a way: each point with how much of it lies behind, from 0 to 1. */
export function frames(way: readonly Point[]): { offset: number; transform: string }[] {
  const lengths = way.map(({ x, y }, i) => (i === 0 ? 0 : Math.hypot(x - way[i - 1]!.x, y - way[i - 1]!.y)));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let behind = 0;
  return way.map(({ x, y }, i) => {
    behind += lengths[i]!;
    return { offset: Math.min(1, behind / total), transform: `translate(${x}px, ${y}px)` };
  });
}
