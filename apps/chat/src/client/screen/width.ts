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
  const cut = take(graphemesOf(text), columns - 1);
  return `${cut}…${" ".repeat(columns - 1 - columnsOf(cut))}`;
}

/** In lines of at most so many columns, broken at spaces where there are any; newlines break, too. At least one line. */
export function wrap(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, Math.max(2, columns)));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  let width = 0;
  for (const word of line.match(/ *[^ ]+| +$/g) ?? []) {
    const wordWidth = columnsOf(word);
    if (width + wordWidth <= columns) {
      current += word;
      width += wordWidth;
      continue;
    }
    if (current !== "") lines.push(current);
    let rest = current === "" ? word : word.trimStart();
    // A word that is longer than a line is broken anywhere.
    while (columnsOf(rest) > columns) {
      const piece = take(graphemesOf(rest), columns);
      lines.push(piece);
      rest = rest.slice(piece.length);
    }
    current = rest;
    width = columnsOf(rest);
  }
  return [...lines, current];
}

/** The first characters, as many as fit; at least one. */
function take(characters: readonly string[], columns: number): string {
  let text = characters[0] ?? "";
  let width = columnsOf(text);
  for (const character of characters.slice(1)) {
    width += columnsOf(character);
    if (width > columns) break;
    text += character;
  }
  return text;
}
