// What a line of progress says, in as many columns as there are. Writes nothing.
import { formatBytes, formatDuration } from "@socketlab/core/terminal";

const MOST_BAR = 30;
const FEWEST_BAR = 5;

export interface Figures {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly doneFiles: number;
  readonly totalFiles: number;
  readonly perSecond: number;
  readonly name: string | undefined;
}

/** All together: bytes, rate, time left, files. What does not fit is left out, the bar first. */
export function describeTotal(figures: Figures, columns: number): string {
  const { doneBytes, totalBytes, doneFiles, totalFiles, perSecond, name } = figures;
  const share = totalBytes === 0 ? 0 : Math.min(1, doneBytes / totalBytes);
  const leftBytes = Math.max(0, totalBytes - doneBytes);
  const left = perSecond > 0 ? ` ${formatDuration((leftBytes / perSecond) * 1000)} left` : "";
  const rate = ` ${formatBytes(Math.round(perSecond))}/s`;
  const parts = [
    percent(share),
    ` ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    rate,
    left,
    totalFiles > 1 ? ` ${doneFiles}/${totalFiles}` : "",
  ];
  let line = "";
  for (const part of parts) if (line.length + part.length < columns) line += part;
  return fit(line, share, name, columns);
}

/** One file of several. */
export function describeFile(
  file: { readonly name: string; readonly size: number; readonly done: number },
  columns: number,
): string {
  const share = file.size === 0 ? 1 : file.done / file.size;
  return fit(percent(share), share, file.name, columns);
}

/** How many rows a line takes. */
export function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(widthOf(line) / Math.max(1, columns)));
}

/** With a bar and a name, where there is room; never as wide as the terminal, which would begin a new line. */
function fit(line: string, share: number, name: string | undefined, columns: number): string {
  const room = columns - 1 - line.length;
  const forBar = name === undefined ? room - 3 : Math.floor(room / 2) - 3;
  const width = Math.min(MOST_BAR, forBar);
  const bar = width < FEWEST_BAR ? "" : ` [${"█".repeat(Math.round(share * width)).padEnd(width, "░")}]`;
  const rest = room - bar.length - 1;
  return (line + bar + (name === undefined || rest < 1 ? "" : ` ${cut(printable(name), rest)}`)).slice(
    0,
    columns - 1,
  );
}

function percent(share: number): string {
  return `${String(Math.floor(share * 100)).padStart(3)}%`;
}

/** A name may hold what a terminal takes for a command. */
export function printable(name: string): string {
  return name.replace(/\p{C}/gu, "?");
}

/** Its end says more than its beginning. */
function cut(text: string, columns: number): string {
  const characters = Array.from(text);
  while (widthOf(characters.join("")) > columns) characters.shift();
  return characters.length < Array.from(text).length && characters.length > 0
    ? `…${characters.slice(1).join("")}`
    : characters.join("");
}

/** Columns; what East Asian scripts and emoji need is two. A rough count: too many is harmless. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text)
    width += character.codePointAt(0)! >= 0x1100 && !"█░…".includes(character) ? 2 : 1;
  return width;
}
