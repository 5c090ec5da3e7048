// One process as a house: its room, its door, and what lies behind the door. Knows nothing of the other house.
import type { ReactElement } from "react";
import type { EndState, Role } from "@socketlab/core";
import { countText } from "../format.ts";
import type { Point } from "./layout.ts";

/** How full something is; `of` is undefined where nobody can tell. */
export interface Fill {
  readonly label: string;
  readonly value: string;
  /** From 0 to 1; undefined: not known. */
  readonly part: number | undefined;
}

export interface HouseProps {
  readonly at: Point;
  readonly role: Role;
  readonly name: string;
  readonly process: string;
  readonly end: EndState | undefined;
  /** Said in place of the address while nobody knows it. */
  readonly unknown: string;
  readonly transport: string;
  readonly fills: readonly Fill[];
  readonly note: string;
  readonly measured: string;
}

const BAR = { x: 34, width: 262 };

export function House(props: HouseProps): ReactElement {
  const { at, role, name, process, end, unknown, transport, fills, note, measured } = props;
  return (
    <g className="house" data-role={role} transform={`translate(${at.x} ${at.y})`}>
      <path className="house-roof" d="M6 62 L165 10 L324 62 Z" />
      <rect className="house-room" x="20" y="62" width="290" height="170" />
      <rect className="house-cellar" x="20" y="232" width="290" height="138" rx="0" />
      <line className="house-ground" x1="0" x2="330" y1="232" y2="232" />

      <text className="house-role" x="165" y="50" textAnchor="middle">
        {role}
      </text>
      <text className="house-name" x="165" y="96" textAnchor="middle">
        {name}
      </text>
      <text className="house-small" x="165" y="118" textAnchor="middle">
        {process}
      </text>
      <line className="house-floor" x1="20" x2="310" y1="136" y2="136" />

      <path className="house-door" d="M34 228 V158 Q34 150 42 150 H60 Q68 150 68 158 V228 Z" />
      <circle className="house-knob" cx="61" cy="192" r="2.5" />
      {end === undefined ? (
        <text className="house-small" x="84" y="188">
          {unknown}
        </text>
      ) : (
        <>
          <text className="house-address" x="84" y="168">
            {end.host.includes(":") ? `[${end.host}]` : end.host} : {end.port}
          </text>
          <text className="house-small" x="84" y="191">
            {end.addressInteger === undefined
              ? "an IPv6 address: 128 bits"
              : `as a number ${countText(end.addressInteger)}`}
          </text>
          <text className="house-small" x="84" y="212">
            {end.portName === undefined ? "a port without a known name" : `port of “${end.portName}”`}
          </text>
        </>
      )}

      <text className="house-label" x="34" y="252">
        {transport}
      </text>
      {fills.map((fill, i) => (
        <FillBar key={fill.label} fill={fill} y={270 + i * 32} />
      ))}
      <text className="house-small" x="34" y="342">
        {note}
      </text>
      <text className="house-measured" x="34" y="361">
        {measured}
      </text>
    </g>
  );
}

function FillBar({ fill: { label, value, part }, y }: { fill: Fill; y: number }): ReactElement {
  // A little is shown as a little, not as nothing.
  const filled = part === undefined || part === 0 ? 0 : Math.max(0.01, Math.min(1, part));
  return (
    <g className={part === undefined ? "fill fill-unknown" : "fill"}>
      <text className="house-small" x={BAR.x} y={y + 4}>
        {label}
      </text>
      <text className="house-small" x={BAR.x + BAR.width} y={y + 4} textAnchor="end">
        {value}
      </text>
      <rect className="fill-bar" x={BAR.x} y={y + 9} width={BAR.width} height="7" rx="3.5" />
      {filled > 0 && (
        <rect
          className="fill-level"
          x={BAR.x}
          y={y + 9}
          width={BAR.width}
          height="7"
          rx="3.5"
          style={{ transform: `scaleX(${filled})` }}
        />
      )}
    </g>
  );
}
