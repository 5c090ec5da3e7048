// The places where one talks: rooms, and whispers with one person each. Pure: from the session's view to what is shown.
import { parseName } from "../src/names.ts";
import type { SessionView } from "../src/client/view.ts";
import { linesOf, type Line } from "./lines.ts";

/** Told apart by their first character: `#` and a room's key, `@` and a person's. */
export type PlaceId = `#${string}` | `@${string}`;

export interface Place {
  readonly id: PlaceId;
  readonly kind: "room" | "person";
  readonly shown: string;
  readonly unread: number;
}

/** With whom one whispers: whoever was written to or from, and whom one has chosen to. */
export interface Whisperings {
  /** Names as shown, in the order in which they were chosen. */
  readonly chosen: readonly string[];
  /** The last whisper that was seen, per person's key. */
  readonly seen: Readonly<Record<string, string>>;
}

export function roomId(key: string): PlaceId {
  return `#${key}`;
}

export function personId(name: string): PlaceId {
  return `@${keyOf(name)}`;
}

export function placesOf(view: SessionView, whisperings: Whisperings): readonly Place[] {
  const rooms = view.rooms.map(({ key, room, unread }): Place => {
    return { id: roomId(key), kind: "room", shown: room, unread };
  });
  const people = new Map<PlaceId, Place>();
  const meet = (shown: string): void => {
    const id = personId(shown);
    if (!people.has(id)) people.set(id, { id, kind: "person", shown, unread: unseen(view, id, whisperings) });
  };
  for (const name of whisperings.chosen) meet(name);
  for (const { from, to } of view.whispers) meet(from === view.name ? to : from);
  for (const { to } of view.whispering) meet(to);
  return [...rooms, ...people.values()];
}

/** What was whispered with this person, and is on its way to them. */
export function whisperLines(view: SessionView, id: PlaceId): Line[] {
  return linesOf(
    whispersWith(view, id),
    view.whispering.filter(({ to }) => personId(to) === id),
    view.name,
  );
}

export function whispersWith(view: SessionView, id: PlaceId): SessionView["whispers"] {
  return view.whispers.filter(({ from, to }) => personId(from === view.name ? to : from) === id);
}

function unseen(view: SessionView, id: PlaceId, { seen }: Whisperings): number {
  const whispers = whispersWith(view, id);
  const last = whispers.findLastIndex((whisper) => whisper.id === seen[id]);
  return whispers.slice(last + 1).filter(({ from }) => from !== view.name).length;
}

function keyOf(name: string): string {
  return parseName(name)?.key ?? name;
}
