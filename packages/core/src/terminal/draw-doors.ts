// Draws a conversation as two houses with a door each, in text: processes, sockets, and what the transport is doing.
// Knows nothing of who measured the numbers.
import type { DoorState, EndState, Role } from "../socket/message-socket.ts";
import { formatBytes, formatDuration } from "./quantities.ts";

const HOUSE_WIDTH = 33;
const STREET_WIDTH = 14;
const HOST_WIDTH = HOUSE_WIDTH - 6;

/**
 * One conversation, the client's house on the left. What lies behind the remote door is drawn from `remote`, if that
 * side has told us; else it stays empty, since no process can see behind another's door.
 */
export function drawDoors(local: DoorState, remote?: DoorState): string {
  const here = house(local.role, local.local, local);
  const there = house(local.role === "client" ? "server" : "client", local.remote, remote);
  const [left, right] = local.role === "client" ? [here, there] : [there, here];
  const [toServer, toClient] =
    local.role === "client" ? [local.messagesOut, local.messagesIn] : [local.messagesIn, local.messagesOut];
  const rows = Math.max(left.room.length, right.room.length);
  const floors = [...Array(rows).keys()].map((at) => ({
    left: wall(left.room[at] ?? ""),
    right: wall(right.room[at] ?? ""),
    street: at === 0 ? arrow(toServer, "right") : at === 1 ? arrow(toClient, "left") : "",
  }));
  return [
    line(roof(left.title), "", roof(right.title)),
    ...left.door.map((text, at) => line(wall(text), "", wall(right.door[at]!))),
    line(floor(left.transport), "", floor(right.transport)),
    ...floors.map((each) => line(each.left, each.street, each.right)),
    line(ground(), "", ground()),
    ...network(local),
  ].join("\n");
}

interface House {
  readonly title: string;
  readonly door: readonly string[];
  readonly transport: string;
  readonly room: readonly string[];
}

function house(role: Role, end: EndState, state: DoorState | undefined): House {
  const pid = state?.pid === undefined ? "" : `, pid ${state.pid}`;
  // A long IPv6 address takes the line where an IPv4 address has its number.
  const rest = end.addressInteger === undefined ? end.host.slice(HOST_WIDTH) : `= ${end.addressInteger}`;
  const name = end.portName === undefined ? "" : ` (${end.portName})`;
  return {
    title: `${role} process${pid}`,
    door: [
      `socket${state === undefined ? "" : ` #${state.id}`}`,
      `  ${end.host.slice(0, HOST_WIDTH)}`,
      `  ${rest}`,
      `  port ${end.port}${name}`,
    ],
    transport: state === undefined ? "" : state.transport.toUpperCase(),
    room: state === undefined ? ["(its side has not told us)"] : behindTheDoor(state),
  };
}

function behindTheDoor(state: DoorState): string[] {
  const { sendBufferBytes, receiveBufferBytes, maxSegmentBytes, noDelay, keepAlive, dropped } = state;
  return [
    `sent      ${count(state.messagesOut)}, ${size(state.bytesOut)}`,
    `received  ${count(state.messagesIn)}, ${size(state.bytesIn)}`,
    `waiting   ${size(state.sendQueueBytes)} out, ${size(state.receiveQueueBytes)} in`,
    ...(sendBufferBytes === undefined ? [] : [`send buffer     ${size(sendBufferBytes)}`]),
    ...(receiveBufferBytes === undefined ? [] : [`receive buffer  ${size(receiveBufferBytes)}`]),
    ...(maxSegmentBytes === undefined ? [] : [`segment         ≤ ${maxSegmentBytes} B`]),
    ...(noDelay === undefined ? [] : [`Nagle ${onOff(!noDelay)}, keep-alive ${onOff(keepAlive ?? false)}`]),
    ...(dropped === undefined || dropped === 0 ? [] : [`dropped   ${count(dropped)}`]),
  ];
}

/** Short, for narrow rooms. */
function size(bytes: number): string {
  return formatBytes(bytes).replace(/ bytes?$/, " B");
}

function onOff(flag: boolean): string {
  return flag ? "on" : "off";
}

/** What the local side's kernel measured of the path between. */
function network({ tcpInfo, role }: DoorState): string[] {
  if (tcpInfo?.state === undefined) return [];
  const { roundTripMs, roundTripVarianceMs = 0, congestionWindowSegments, retransmits } = tcpInfo;
  const parts = [
    ...(roundTripMs === undefined
      ? []
      : [`round trip ${formatDuration(roundTripMs)} ± ${formatDuration(roundTripVarianceMs)}`]),
    ...(congestionWindowSegments === undefined
      ? []
      : [`congestion window ${congestionWindowSegments} segments`]),
    ...(retransmits === undefined ? [] : [`${retransmits} sent again`]),
  ];
  return [`  network, as the ${role}'s kernel sees it: ${parts.join(", ")} (${tcpInfo.state})`];
}

function count(messages: number): string {
  return `${messages} ${messages === 1 ? "message" : "messages"}`;
}

function arrow(messages: number, towards: "left" | "right"): string {
  const label = ` ${messages < 1e6 ? messages : compact(messages)} `;
  const shaft = label.padStart(label.length + 3, "─").padEnd(STREET_WIDTH - 3, "─");
  return towards === "right" ? ` ${shaft}▶ ` : ` ◀${shaft} `;
}

function line(left: string, street: string, right: string): string {
  return `${left}${street.padEnd(STREET_WIDTH)}${right}`;
}

function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function wall(text: string): string {
  return `│ ${fit(text, HOUSE_WIDTH - 4)} │`;
}

function floor(title: string): string {
  return `├─${title === "" ? "" : ` ${title} `}`.padEnd(HOUSE_WIDTH - 1, "─") + "┤";
}

function roof(title: string): string {
  return `${`┌─ ${title} `.padEnd(HOUSE_WIDTH - 1, "─")}┐`;
}

function ground(): string {
  return `└${"─".repeat(HOUSE_WIDTH - 2)}┘`;
}

/** Made only when there are so many: it takes as long as loading ten modules. */
function compact(number: number): string {
  return new Intl.NumberFormat("en", { notation: "compact" }).format(number);
}
