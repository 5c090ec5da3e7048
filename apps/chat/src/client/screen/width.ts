// Text in the columns of a terminal, where some characters take two and some none. Knows no terminal.
import stringWidth from "string-width";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many columns it takes. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** What a person takes for one character each. */
export function graphemesOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Cut or filled with spaces to exactly so many columns; what was cut ends in "…". */
export function fit(text: string, columns: number): string {
  if (columns <= 0) return "";
  const width = columnsOf(text);
  if (width <= columns) return text + " ".repeat(columns - width);
  const cut = take(text, columns - 1);
  return `${cut}…${" ".repeat(columns - 1 - columnsOf(cut))}`;
}

/** In lines of at most so many columns (2 at least), broken at spaces where there are any, and at newlines. At least one line. */
export function wrap(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, Math.max(2, columns)));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.match(/ *[^ ]+| +$/g) ?? []) {
    // Not the sum of both: a mark at the beginning of a word joins the space before it.
    if (columnsOf(current + word) <= columns) {
      current += word;
      continue;
    }
    if (current !== "") lines.push(current);
    current = current === "" ? word : word.trimStart();
    // A word that is longer than a line is broken anywhere.
    while (columnsOf(current) > columns) {
      const piece = take(current, columns);
      lines.push(piece);
      current = current.slice(piece.length);
    }
  }
  return [...lines, current];
}

/** As much of its beginning as fits. */
function take(text: string, columns: number): string {
  let taken = "";
  for (const character of graphemesOf(text)) {
    if (columnsOf(taken + character) <= columns) taken += character;
    else if (taken === "") return takeCodePoints(character, columns);
    else break;
  }
  return taken;
}

/** Of a character that is wider than a whole line, such as a chain of joined consonants. */
function takeCodePoints(character: string, columns: number): string {
  let taken = "";
  for (const point of character) {
    if (columnsOf(taken + point) > columns) break;
    taken += point;
  }
  return taken;
}
