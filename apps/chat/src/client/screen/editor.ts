// The line that a person types: text, cursor, what was typed before. Pure; knows no keyboard and no screen.
import { graphemesOf } from "./width.ts";

const MAX_PAST = 200;

export interface Line {
  readonly text: string;
  /** In UTF-16 code units from the start; never inside a character. */
  readonly cursor: number;
}

export const emptyLine: Line = { text: "", cursor: 0 };

export function insert({ text, cursor }: Line, added: string): Line {
  return { text: text.slice(0, cursor) + added + text.slice(cursor), cursor: cursor + added.length };
}

/** Where the cursor goes from here. */
export type Motion = "left" | "right" | "word-left" | "word-right" | "start" | "end";

export function move(line: Line, motion: Motion): Line {
  return { text: line.text, cursor: target(line, motion) };
}

/** Takes away what lies between the cursor and where the motion would lead. */
export function remove(line: Line, motion: Motion): Line {
  const [from = 0, to = 0] = [line.cursor, target(line, motion)].toSorted((a, b) => a - b);
  return { text: line.text.slice(0, from) + line.text.slice(to), cursor: from };
}

function target({ text, cursor }: Line, motion: Motion): number {
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)];
  switch (motion) {
    case "left":
      return cursor - (graphemesOf(before).at(-1)?.length ?? 0);
    case "right":
      return cursor + (graphemesOf(after)[0]?.length ?? 0);
    case "word-left":
      return before.search(/\S+\s*$/) < 0 ? 0 : before.search(/\S+\s*$/);
    case "word-right":
      return cursor + (/^\s*\S+/.exec(after)?.[0].length ?? after.length);
    case "start":
      return 0;
    case "end":
      return text.length;
  }
}

/** Lines that were typed before, and the place among them. */
export class Past {
  readonly #lines: string[] = [];
  /** Counted back from the line that is being typed: 0. */
  #back = 0;
  #typed: Line = emptyLine;

  add(text: string): void {
    this.#back = 0;
    if (text === "" || this.#lines.at(-1) === text) return;
    this.#lines.push(text);
    if (this.#lines.length > MAX_PAST) this.#lines.shift();
  }

  /** @param step 1: the line before; -1: the one after. @param current is kept for the way back. */
  recall(step: 1 | -1, current: Line): Line {
    const back = this.#back + step;
    if (back < 0 || back > this.#lines.length) return current;
    if (this.#back === 0) this.#typed = current;
    this.#back = back;
    if (back === 0) return this.#typed;
    const text = this.#lines.at(-back)!;
    return { text, cursor: text.length };
  }
}
