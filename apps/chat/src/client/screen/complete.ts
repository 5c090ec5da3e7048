// What Tab makes of the word before the cursor: a command, a room, a name; again and again the next one. Pure.
import type { Line } from "./editor.ts";

export interface Words {
  readonly commands: readonly string[];
  readonly names: readonly string[];
  readonly rooms: readonly string[];
}

/** The line as it may go on, in turn; empty if nothing fits. */
export function completions({ text, cursor }: Line, { commands, names, rooms }: Words): Line[] {
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)];
  const [, command = "", typed = before] = /^(\/\S*) +(.*)$/s.exec(before) ?? [];
  if (command === "" && before.startsWith("/"))
    return candidates(before, commands).map((word) => lineOf("", `${word} `, after));
  if (command === "/join" || command === "/leave")
    return candidates(typed, rooms).map((room) => lineOf(`${command} `, room, after));
  if (command === "/whisper" && candidates(typed, names).length > 0)
    return candidates(typed, names).map((name) => lineOf(`${command} `, `${name} `, after));
  const word = /\S*$/.exec(before)![0];
  if (word === "") return [];
  const head = before.slice(0, before.length - word.length);
  const stem = word.startsWith("@") ? word.slice(1) : word;
  return candidates(stem, names).map((name) => lineOf(head, head === "" ? `${name}: ` : `${name} `, after));
}

function candidates(stem: string, words: readonly string[]): string[] {
  const start = stem.toLowerCase();
  return words.filter((word) => word.toLowerCase().startsWith(start));
}

function lineOf(head: string, word: string, after: string): Line {
  return { text: head + word + after, cursor: head.length + word.length };
}
