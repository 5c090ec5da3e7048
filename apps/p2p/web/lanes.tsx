// One conversation in the picture: a lane for each direction, and who is its client and its server. Knows no house.
import type { ReactElement } from "react";
import type { Edge, Lane } from "./graph.ts";
import { between, type Layout, type Point } from "./layout.ts";
import { rateText } from "./words.ts";

/** Between the two lanes, as on a road: each keeps to its right. */
const APART_PX = 5;
const PADDING_PX = 8;
/** What stands at the ends of a lane needs this much of it. */
const SHORTEST_PX = 70;
/** A rate is written beside a lane that has room for it. */
const SHORTEST_WITH_RATE_PX = 110;
/** Nearer to the sender: in the middle lanes cross. */
const RATE_AT = 0.36;

export interface EdgeLanesProps {
  readonly edge: Edge;
  /** Where the client's house stands, and the server's. */
  readonly from: Point;
  readonly to: Point;
  readonly layout: Layout;
  readonly emphasis: "usual" | "strong" | "faint";
  /** There are so many that only what moves is drawn. */
  readonly isBusy: boolean;
}

export function EdgeLanes(props: EdgeLanesProps): ReactElement | null {
  const { edge, from, to, layout, emphasis, isBusy } = props;
  const isDetailed = emphasis === "strong" || !isBusy;
  const line = between(from, to, layout.house, isDetailed ? PADDING_PX : 2);
  const { fromClient, fromServer } = edge;
  const isStill = fromClient.rate === 0 && fromServer.rate === 0;
  if (line === undefined || (!isDetailed && (isStill || emphasis === "faint"))) return null;
  const [client, server] = line;
  const length = Math.hypot(server.x - client.x, server.y - client.y);
  const writesRate = (layout.detail === "full" || emphasis === "strong") && length >= SHORTEST_WITH_RATE_PX;
  const shared = { hasSigns: isDetailed && length >= SHORTEST_PX, writesRate };
  return (
    <g className="edge" data-emphasis={emphasis} data-detailed={isDetailed}>
      {(isDetailed || fromClient.rate > 0) && (
        <LaneLine lane={fromClient} role="client" from={client} to={server} {...shared} />
      )}
      {(isDetailed || fromServer.rate > 0) && (
        <LaneLine lane={fromServer} role="server" from={server} to={client} {...shared} />
      )}
      {isDetailed && (
        <>
          <RoleSign role="client" at={client} />
          <RoleSign role="server" at={server} />
        </>
      )}
    </g>
  );
}

interface LaneLineProps {
  readonly lane: Lane;
  /** Of the sender. */
  readonly role: "client" | "server";
  readonly from: Point;
  readonly to: Point;
  /** There is room for what says who wants and who chokes. */
  readonly hasSigns: boolean;
  readonly writesRate: boolean;
}

/** Drawn along the x axis, and put where it belongs: from the sender at 0 to the receiver at `length`. */
function LaneLine({ lane, role, from, to, hasSigns, writesRate }: LaneLineProps): ReactElement {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const degrees = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
  const [begin, end] = hasSigns ? [14, length - 14] : [2, length - 2];
  const isFlowing = lane.rate > 0;
  // Upside down nobody reads it.
  const isTurned = Math.abs(degrees) > 90;
  return (
    <g
      className="lane"
      data-role={role}
      data-state={stateOf(lane)}
      transform={`translate(${from.x} ${from.y}) rotate(${degrees})`}
    >
      <line className="lane-line" x1={begin} x2={end - (isFlowing ? 6 : 0)} y1={APART_PX} y2={APART_PX} />
      {isFlowing && <path className="lane-arrow" d={`M${end} ${APART_PX}l-9 -5v10z`} />}
      {hasSigns && lane.isChoked && (
        <path className="lane-gate" d={`M${begin + 4} ${APART_PX - 6}v12m4 -12v12`} />
      )}
      {hasSigns && lane.isInterested && <circle className="lane-wish" cx={end - 18} cy={APART_PX} r={4} />}
      {lane.isSnubbed && (
        <path className="lane-cross" d={`M${length / 2 - 6} ${APART_PX - 6}l12 12m0 -12l-12 12`} />
      )}
      {isFlowing && writesRate && (
        <text
          className="lane-rate"
          transform={`translate(${length * RATE_AT} ${APART_PX + (isTurned ? 7 : 16)}) rotate(${isTurned ? 180 : 0})`}
        >
          {rateText(lane.rate)}
        </text>
      )}
    </g>
  );
}

function stateOf({ rate, isChoked, isInterested }: Lane): "flows" | "waits" | "choked" | "idle" {
  if (rate > 0) return "flows";
  if (!isInterested) return "idle";
  return isChoked ? "choked" : "waits";
}

/** A circle with a C, or a square with an S. */
function RoleSign({ role, at }: { role: "client" | "server"; at: Point }): ReactElement {
  return (
    <g className="role-sign" data-role={role} transform={`translate(${at.x} ${at.y})`}>
      {role === "client" ? <circle r={8} /> : <rect x={-7.5} y={-7.5} width={15} height={15} />}
      <text y={4}>{role === "client" ? "C" : "S"}</text>
    </g>
  );
}
