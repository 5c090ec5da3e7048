// What others wrote, made fit for a terminal: everything that comes from the network goes through here before it is shown.
// Knows no terminal.

// Zero-width joiner and non-joiner are letters' and emoji's own; the rest of the format characters (Cf) hide or reverse.
const joiners = "\\u200c\\u200d";
const hostile = new RegExp(`(?![\\n${joiners}])[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cn}]`, "gu");
/** Marks beyond these on one letter paint over the lines above and below. */
const pile = /(\p{M}{6})\p{M}+/gu;

/** Text without escape sequences' beginnings, control and bidirectional characters; newlines stay. */
export function harmless(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, "\n")
    .replaceAll("\t", " ")
    .replaceAll(hostile, "")
    .replaceAll(pile, "$1");
}

/** The same on one line. */
export function harmlessLine(text: string): string {
  return harmless(text).replaceAll(/\n+/g, " ⏎ ");
}

/** JSON that is harmless in a terminal, too, and means the same. */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(""),
  );
}

function escaped(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, "0")}`;
}
