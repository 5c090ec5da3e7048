// A room's messages as rows of a screen, from the last one shown upwards. Pure; what it shows is made harmless here.
import { harmless, harmlessLine } from "../harmless.ts";
import type { Outgoing, RoomView } from "../view.ts";
import type { Paint, PaintStyle } from "./paint.ts";
import { columnsOf, fit, wrap } from "./width.ts";

/** Something that is told to this person alone, between the messages. */
export interface Notice {
  /** It stands after the message of this position. */
  readonly afterSeq: number;
  readonly text: string;
  readonly style: PaintStyle;
}

/** Where a person reads back: so many rows above the end of this message. */
export interface Scroll {
  readonly seq: number;
  readonly rows: number;
}

export interface Feed {
  /** From top to bottom, as many as were asked for. */
  readonly rows: string[];
  /** As it was asked for, but no further than the first message. */
  readonly scroll: Scroll | undefined;
  /** The first message that is kept is on the screen. */
  readonly isAtTop: boolean;
}

export interface FeedOptions {
  readonly room: RoomView;
  readonly notices: readonly Notice[];
  readonly self: string;
  readonly columns: number;
  readonly rows: number;
  readonly scroll: Scroll | undefined;
  readonly paint: Paint;
}

const INDENT = 6;

export function feedOf(options: FeedOptions): Feed {
  const { room, rows, scroll, columns, paint } = options;
  const wanted = rows + (scroll?.rows ?? 0);
  // From the bottom up: what lies above the screen is not even looked at.
  const upwards: string[] = [];
  for (const item of itemsUpwards(options)) {
    upwards.push(...item.toReversed());
    if (upwards.length > wanted) break;
  }
  const isAtTop = upwards.length <= wanted;
  if (isAtTop) {
    const top = room.loading
      ? "…"
      : room.more
        ? "PageUp fetches what was said before"
        : "the beginning of this room";
    upwards.push(paint("dim", fit(`— ${top} —`, columns)));
  }
  const skipped = Math.max(0, Math.min(scroll?.rows ?? 0, upwards.length - rows));
  const shown = upwards.slice(skipped, skipped + rows).toReversed();
  const blank = " ".repeat(columns);
  return {
    rows: [
      ...Array.from({ length: rows - shown.length }, () => blank),
      ...shown.map((row) => pad(row, columns)),
    ],
    scroll: scroll === undefined ? undefined : { seq: scroll.seq, rows: skipped },
    isAtTop,
  };
}

function* itemsUpwards({ room, notices, self, columns, scroll, paint }: FeedOptions): Generator<string[]> {
  if (scroll === undefined)
    for (const outgoing of room.outgoing.toReversed()) yield outgoingRows(outgoing, self, columns, paint);
  const until = scroll?.seq ?? Infinity;
  let notice = notices.length - 1;
  for (let at = room.messages.length - 1; at >= 0; at--) {
    const message = room.messages[at]!;
    for (; notice >= 0 && notices[notice]!.afterSeq >= message.seq; notice--)
      if (notices[notice]!.afterSeq <= until) yield noticeRows(notices[notice]!, columns, paint);
    if (message.seq > until) continue;
    const style = message.from === self ? "green" : "cyan";
    yield messageRows(clockOf(message.at), message.from, message.text, style, columns, paint);
  }
  for (; notice >= 0; notice--) yield noticeRows(notices[notice]!, columns, paint);
}

function messageRows(
  time: string,
  from: string,
  text: string,
  style: PaintStyle,
  columns: number,
  paint: Paint,
): string[] {
  const name = `${harmlessLine(from)}:`;
  const lines = wrap(`${name} ${harmless(text)}`, columns - INDENT);
  return lines.map((line, at) => {
    if (at > 0) return " ".repeat(INDENT) + line;
    const named = line.startsWith(name) ? paint(style, name) + line.slice(name.length) : line;
    return `${paint("dim", time.padEnd(INDENT))}${named}`;
  });
}

function outgoingRows({ text, state, why }: Outgoing, self: string, columns: number, paint: Paint): string[] {
  const mark = state === "refused" ? "✗" : "…";
  const rows = messageRows(mark, self, text, state === "refused" ? "red" : "dim", columns, paint);
  if (why !== undefined) rows.push(...noticeRows({ afterSeq: 0, text: why, style: "red" }, columns, paint));
  return rows;
}

function noticeRows({ text, style }: Notice, columns: number, paint: Paint): string[] {
  return wrap(harmless(text), columns - INDENT).map((line) => " ".repeat(INDENT) + paint(style, line));
}

function clockOf(atMs: number): string {
  const time = new Date(atMs);
  return Number.isNaN(time.getTime()) ? "--:--" : time.toTimeString().slice(0, 5);
}

function pad(row: string, columns: number): string {
  return row + " ".repeat(Math.max(0, columns - columnsOf(row)));
}
