// A line as a shell would cut it into words, and words as a shell would have them written. Knows no command.
import { UsageError } from "@socketlab/core";

export type Quote = "" | "'" | '"';

export interface Word {
  readonly text: string;
  /** As it was typed. */
  readonly raw: string;
  /** What is still open at its end: a quote, or a "\\" with nothing behind it. */
  readonly open: Quote | "\\";
}

/**
 * A space ends a word, except in quotes or after a "\\"; in double quotes a "\\" is meant before `"` and itself alone. Nothing
 * else has a meaning.
 */
export function cutWords(line: string): Word[] {
  const words: Word[] = [];
  let [text, begin, quote, isEscaped]: [string, number | undefined, Quote, boolean] = [
    "",
    undefined,
    "",
    false,
  ];
  const end = (at: number): void => {
    if (begin !== undefined) words.push({ text, raw: line.slice(begin, at), open: isEscaped ? "\\" : quote });
    [text, begin] = ["", undefined];
  };
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]!;
    if (isEscaped) {
      text += quote === '"' && letter !== '"' && letter !== "\\" ? `\\${letter}` : letter;
      isEscaped = false;
    } else if (quote === "" && /\s/.test(letter)) end(at);
    else {
      begin ??= at;
      if (letter === "\\" && quote !== "'") isEscaped = true;
      else if (quote === "" && (letter === "'" || letter === '"')) quote = letter;
      else if (letter === quote) quote = "";
      else text += letter;
    }
  }
  end(line.length);
  return words;
}

/** The words of a whole line. @throws UsageError when a quote is open at its end. */
export function parseWords(line: string): string[] {
  const words = cutWords(line);
  const open = words.at(-1)?.open ?? "";
  if (open !== "")
    throw new UsageError("bad-argument", open === "\\" ? "the line ends after a \\" : `a ${open} is missing`);
  return words.map(({ text }) => text);
}

/** So that `cutWords` makes this text of it. With a quote: begun with it, and not closed, so that it may go on. */
export function writeWord(text: string, quote: Quote = ""): string {
  if (quote === "'") return `'${text.replaceAll("'", String.raw`'\''`)}`;
  if (quote === '"') return `"${text.replace(/["\\]/g, String.raw`\$&`)}`;
  return text === "" ? "''" : text.replace(/[\s"'\\#$&*;<>?[\]`{|}~!()]/g, String.raw`\$&`);
}
