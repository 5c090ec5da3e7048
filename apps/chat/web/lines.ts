// What is shown of a room or of whispers, line by line: what was said and what is still on its way. Pure: draws nothing.
import type { Outgoing } from "../src/client/view.ts";

/** Somebody who goes on within this time needs no new headline. */
const SAME_BREATH_MS = 5 * 60_000;

export interface Said {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly at: number;
  readonly seq?: number;
}

export interface Line extends Said {
  /** The same for a message on its way and when it has arrived. */
  readonly key: string;
  readonly isOwn: boolean;
  /** Of an own one. */
  readonly state?: Outgoing["state"];
  readonly why?: string | undefined;
  /** Said by the same person as the line before, just after it. */
  readonly goesOn: boolean;
  /** The first one of its day. */
  readonly beginsDay: boolean;
}

/** @param said in order. @param outgoing what comes after it. */
export function linesOf(said: readonly Said[], outgoing: readonly Outgoing[], self: string): Line[] {
  const lines: Line[] = [];
  let nextDayMs = -Infinity;
  const add = (message: Said, state: Outgoing["state"] | undefined, why?: string): void => {
    const last = lines.at(-1);
    const { from, at, id } = message;
    const beginsDay = last === undefined || at >= nextDayMs;
    if (beginsDay) nextDayMs = new Date(at).setHours(24, 0, 0, 0);
    lines.push({
      ...message,
      key: `${from}\n${id}`,
      isOwn: from === self,
      ...(state !== undefined && { state }),
      why,
      goesOn: !beginsDay && last.from === from && at - last.at < SAME_BREATH_MS,
      beginsDay,
    });
  };
  for (const message of said) add(message, message.from === self ? "stored" : undefined);
  for (const { id, text, saidMs, state, why } of outgoing)
    add({ id, text, from: self, at: saidMs }, state, why);
  return lines;
}

/** The key of the first of the last `count` lines of others. */
export function firstUnread(lines: readonly Line[], count: number): string | undefined {
  if (count === 0) return undefined;
  return lines.filter(({ isOwn }) => !isOwn).at(-count)?.key;
}
