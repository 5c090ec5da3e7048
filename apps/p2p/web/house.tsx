// One peer as a house: both roles' colours on its roof, and the pieces that it has in its room. Knows no other peer.
import { memo, useMemo, type ReactElement } from "react";
import type { Node } from "./graph.ts";
import type { Layout, Point, Size } from "./layout.ts";
import { pieceMap } from "./piece-map.ts";
import { shareText } from "./words.ts";

/** What fits into a house, in characters. */
const LONGEST_NAME = 17;

export interface HouseProps {
  readonly node: Node;
  readonly pieces: number;
  readonly place: Point;
  readonly layout: Layout;
}

/** What is where in a house: heights of its parts, in pixels. */
const parts = {
  full: { roof: 30, text: 34, padding: 8 },
  medium: { roof: 16, text: 16, padding: 5 },
  small: { roof: 10, text: 0, padding: 3 },
  tiny: { roof: 7, text: 0, padding: 2 },
} as const;

export const House = memo(
  function House({ node, pieces, place, layout }: HouseProps): ReactElement {
    const { detail, house } = layout;
    const { roof, text, padding } = parts[detail];
    const { width, height } = house;
    const room: Size = { width: width - 2 * padding, height: height - roof - text - 2 * padding };
    const eaves = `0,${roof} ${width / 2},0`;
    return (
      <g
        className="peer-house"
        data-seed={node.has >= pieces}
        data-stranger={node.seen === undefined}
        transform={`translate(${place.x - width / 2} ${place.y - height / 2})`}
      >
        <rect className="peer-room" y={roof} width={width} height={height - roof} />
        <polygon className="peer-roof" data-role="client" points={`${eaves} ${width / 2},${roof}`} />
        <polygon
          className="peer-roof"
          data-role="server"
          points={`${width},${roof} ${width / 2},0 ${width / 2},${roof}`}
        />
        <g transform={`translate(${padding} ${roof + padding})`}>
          {node.seen === undefined ? (
            <Share has={node.has} pieces={pieces} box={room} />
          ) : (
            <Pieces parts={node.seen.state.parts} pieces={pieces} box={room} />
          )}
        </g>
        <Words node={node} pieces={pieces} layout={layout} />
      </g>
    );
  },
  (one, other) =>
    one.node === other.node ||
    (one.pieces === other.pieces &&
      one.place.x === other.place.x &&
      one.place.y === other.place.y &&
      one.layout.detail === other.layout.detail &&
      one.layout.house === other.layout.house &&
      isSame(one.node, other.node)),
);

/** As far as a house shows it. */
function isSame(one: Node, other: Node): boolean {
  return (
    one.name === other.name &&
    one.has === other.has &&
    one.client === other.client &&
    one.seen?.state.parts === other.seen?.state.parts
  );
}

function Pieces({ parts: text, pieces, box }: { parts: string; pieces: number; box: Size }): ReactElement {
  const { columns, rows, all, there } = useMemo(
    () => pieceMap(text, pieces, box.width, box.height),
    [text, pieces, box.width, box.height],
  );
  return (
    <g transform={`scale(${box.width / columns} ${box.height / rows})`}>
      <path className="peer-missing" d={all} />
      <path className="peer-pieces" d={there} />
    </g>
  );
}

/** Which pieces it has nobody tells; only how many. */
function Share({ has, pieces, box }: { has: number; pieces: number; box: Size }): ReactElement {
  const share = pieces === 0 ? 1 : Math.min(1, has / pieces);
  return (
    <>
      <rect className="peer-missing" width={box.width} height={box.height} />
      <rect
        className="peer-pieces"
        width={box.width}
        y={box.height * (1 - share)}
        height={box.height * share}
      />
    </>
  );
}

function Words({ node, pieces, layout }: Omit<HouseProps, "place">): ReactElement | null {
  const { detail, house } = layout;
  const middle = house.width / 2;
  const share = node.has >= pieces ? "seed" : shareText(node.has, pieces);
  if (detail === "full")
    return (
      <>
        <text className="peer-name" x={middle} y={house.height - 22}>
          {shortened(node.name)}
        </text>
        <text className="peer-share" x={middle} y={house.height - 7}>
          {node.seen === undefined ? `${node.client.slice(0, 14)}, ${share}` : share}
        </text>
      </>
    );
  if (detail === "medium")
    return (
      <text className="peer-share" x={middle} y={house.height - 5}>
        {shortName(node.name)} · {share}
      </text>
    );
  return null;
}

/** The end of an IPv6 address, and the port, say most. */
function shortened(name: string): string {
  return name.length > LONGEST_NAME ? `…${name.slice(1 - LONGEST_NAME)}` : name;
}

/** The last part of an IPv4 address says most. */
function shortName(name: string): string {
  const [, last = name] = /^\d+\.\d+\.\d+(\.\d+)(?::\d+)?$/.exec(name) ?? [];
  return last;
}
