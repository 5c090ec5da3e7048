// The whole screen as lines of text: rooms at the left, people at the right, messages between them, a line to type in.
// Pure: a state and a size in, lines out.
import { harmlessLine } from "../harmless.ts";
import type { Phase, RoomView, SessionView } from "../view.ts";
import type { Line } from "./editor.ts";
import { feedOf, type Notice, type Scroll } from "./feed.ts";
import type { Paint } from "./paint.ts";
import { columnsOf, fit, graphemesOf } from "./width.ts";

const ROOMS_COLUMNS = 16;
const PEOPLE_COLUMNS = 20;
/** Narrower than that, there are only messages. */
const WITH_ROOMS = 60;
const WITH_PEOPLE = 90;
const PROMPT = "> ";

export interface ScreenState {
  readonly view: SessionView;
  /** The key of the room that is shown. */
  readonly active: string | undefined;
  /** Of the room that is shown. */
  readonly notices: readonly Notice[];
  /** Undefined: at the end. */
  readonly scroll: Scroll | undefined;
  readonly line: Line;
  readonly nowMs: number;
  /** The server, as an address. */
  readonly where: string;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Frame {
  /** One for each row, none wider than the screen. */
  readonly lines: readonly string[];
  /** From 0. */
  readonly cursor: { readonly row: number; readonly column: number };
  readonly scroll: Scroll | undefined;
  readonly isAtTop: boolean;
  /** Rows of messages on the screen. */
  readonly page: number;
}

/** @param toColumn what moves a terminal there, for terminals that count some characters otherwise. */
export function layOut(
  state: ScreenState,
  { columns, rows }: Size,
  paint: Paint,
  toColumn: (column: number) => string = () => "",
): Frame {
  const { view, active, notices, scroll, line } = state;
  const room = view.rooms.find(({ key }) => key === active);
  const left = columns >= WITH_ROOMS ? ROOMS_COLUMNS : 0;
  const right = columns >= WITH_PEOPLE && room !== undefined ? PEOPLE_COLUMNS : 0;
  const middle = columns - (left > 0 ? left + 1 : 0) - (right > 0 ? right + 1 : 0);
  const page = Math.max(1, rows - 3);
  const feed =
    room === undefined
      ? { rows: welcomeRows(page, middle, paint), scroll: undefined, isAtTop: true }
      : feedOf({ room, notices, self: view.name, columns: middle, rows: page, scroll, paint });
  const roomCells = roomRows(view.rooms, active, left, page, paint);
  const peopleCells = room === undefined ? [] : peopleRows(room, right, page, paint);
  const bar = paint("dim", "│");
  const rightBar = toColumn(columns - right - 1) + bar;
  const body = feed.rows.map(
    (row, at) =>
      (left > 0 ? roomCells[at]! + bar : "") + row + (right > 0 ? rightBar + (peopleCells[at] ?? "") : ""),
  );
  const input = inputOf(line, columns - PROMPT.length - 1);
  const lines = [
    paint("inverse", fit(titleOf(room, view, left === 0), columns)),
    ...body,
    statusOf(state, room, feed.scroll, columns, paint),
    PROMPT + input.text,
  ];
  return {
    lines: lines.slice(-rows),
    cursor: { row: Math.min(rows, lines.length) - 1, column: PROMPT.length + input.column },
    scroll: feed.scroll,
    isAtTop: feed.isAtTop,
    page,
  };
}

function titleOf(room: RoomView | undefined, view: SessionView, withRooms: boolean): string {
  if (room === undefined) return " chat";
  const people = room.people === 1 ? "1 person" : `${room.people} people`;
  const others = view.rooms.filter(({ key, unread }) => key !== room.key && unread > 0);
  const unread = others.map((other) => `${harmlessLine(other.room)} ${other.unread}`).join(", ");
  return ` ${harmlessLine(room.room)} · ${people}${withRooms && unread !== "" ? ` · unread: ${unread}` : ""}`;
}

function roomRows(
  rooms: readonly RoomView[],
  active: string | undefined,
  columns: number,
  rows: number,
  paint: Paint,
): string[] {
  if (columns === 0) return [];
  const at = rooms.findIndex(({ key }) => key === active);
  // So many that the active one is among them.
  const first = Math.max(0, at - rows + 1);
  const cells = rooms.slice(first, first + rows).map((room) => {
    const unread = room.unread > 0 ? ` ${room.unread > 999 ? "999+" : room.unread}` : "";
    const mark = room.state === "refused" ? "✗" : room.key === active ? "▸" : " ";
    const cell = fit(`${mark}${harmlessLine(room.room)}`, columns - columnsOf(unread)) + unread;
    if (room.key === active) return paint("bold", cell);
    return unread === "" ? paint(room.state === "joined" ? "plain" : "dim", cell) : paint("yellow", cell);
  });
  return [...cells, ...Array.from({ length: rows - cells.length }, () => " ".repeat(columns))];
}

function peopleRows(room: RoomView, columns: number, rows: number, paint: Paint): string[] {
  if (columns === 0) return [];
  const typing = new Set(room.typing);
  const cells = room.names.map((name) =>
    fit(` ${harmlessLine(name)}${typing.has(name) ? " …" : ""}`, columns),
  );
  const hidden = room.people - Math.min(cells.length, rows - 2);
  const shown = hidden > 0 ? [...cells.slice(0, rows - 2), fit(` and ${hidden} more`, columns)] : cells;
  return [paint("dim", fit(" people", columns)), ...shown].slice(0, rows);
}

function statusOf(
  { view, nowMs, where }: ScreenState,
  room: RoomView | undefined,
  scroll: Scroll | undefined,
  columns: number,
  paint: Paint,
): string {
  const [style, phase] = phaseText(view.phase, view.name, where, nowMs);
  const typing = room === undefined || room.typing.length === 0 ? "" : `${typists(room.typing)} `;
  const below = scroll === undefined ? "" : ` ▼ ${room!.unread > 0 ? `${room!.unread} new ` : ""}PageDown `;
  const end = fit(below + typing, Math.min(columnsOf(below + typing), Math.floor(columns / 2)));
  return paint(style, fit(` ${phase}`, columns - columnsOf(end))) + paint("dim", end);
}

function phaseText(
  phase: Phase,
  name: string,
  where: string,
  nowMs: number,
): ["green" | "yellow" | "red", string] {
  switch (phase.name) {
    case "connecting":
      return ["yellow", `◌ connecting to ${where} …`];
    case "open":
      return ["green", `● ${harmlessLine(name)} at ${where} · /help`];
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((phase.retryAtMs - nowMs) / 1000));
      return ["yellow", `◌ reconnecting in ${seconds} s: ${harmlessLine(phase.why)}`];
    }
    case "refused": {
      const advice =
        phase.code === "name-taken" || phase.code === "bad-name" ? "/name NAME or /quit" : "/quit";
      return ["red", `✗ ${harmlessLine(phase.why)} · ${advice}`];
    }
    case "closed":
      return ["red", "✗ closed"];
  }
}

function typists(names: readonly string[]): string {
  if (names.length > 3) return `${names.length} people are typing`;
  const list = names.map(harmlessLine).join(", ");
  return `${list} ${names.length === 1 ? "is" : "are"} typing`;
}

function welcomeRows(rows: number, columns: number, paint: Paint): string[] {
  return Array.from({ length: rows }, (_, at) =>
    at === Math.floor(rows / 2)
      ? paint("dim", fit("  /join ROOM to be in a room", columns))
      : " ".repeat(columns),
  );
}

/** The part of the line around the cursor that fits, and in which column the cursor is. */
function inputOf({ text, cursor }: Line, columns: number): { text: string; column: number } {
  const oneLine = (part: string): string => part.replaceAll("\n", "⏎");
  const after = oneLine(text.slice(cursor));
  const room = columns - Math.min(columnsOf(after), Math.floor(columns / 2));
  let before = "";
  for (const character of graphemesOf(oneLine(text.slice(0, cursor))).toReversed()) {
    if (columnsOf(character + before) > room) break;
    before = character + before;
  }
  const shown = before + after;
  return {
    text: columnsOf(shown) > columns ? fit(shown, columns) : shown,
    column: columnsOf(before),
  };
}
