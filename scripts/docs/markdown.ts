// Finds the fenced blocks of a Markdown document, and the instructions that stand in comments. Runs nothing.

/** What a document asks of its reader, and so of us. Lines count from 1. */
export type Item = Block | Directive;

export interface Block {
  readonly kind: "block";
  readonly line: number;
  /** The first word after the fence. */
  readonly language: string;
  /** The rest of that line, which no renderer shows. */
  readonly info: string;
  text: string;
}

/** A comment alone on its line: `<!-- name: argument -->`. */
export interface Directive {
  readonly kind: "directive";
  readonly line: number;
  readonly name: string;
  readonly argument: string;
}

export function parseMarkdown(markdown: string): Item[] {
  const items: Item[] = [];
  const all = markdown.split("\n");
  for (let at = 0; at < all.length; at++) {
    const line = all[at]!;
    const directive = /^<!-- ([\w\\ -]+?)(?:: (.*?))? -->$/.exec(line);
    if (directive !== null) {
      items.push({ kind: "directive", line: at + 1, name: directive[1]!, argument: directive[2] ?? "" });
      continue;
    }
    const fence = /^(```+)(\S*) ?(.*)$/.exec(line);
    if (fence === null) continue;
    const end = all.indexOf(fence[1]!, at + 1);
    if (end < 0) throw new Error(`line ${at + 1}: this block has no end`);
    items.push({
      kind: "block",
      line: at + 1,
      language: fence[2]!,
      info: fence[3]!,
      text: all.slice(at + 1, end).join("\n"),
    });
    at = end;
  }
  return items;
}

/** The document with the texts of its blocks put in place of what stood there. */
export function withBlocks(markdown: string, items: readonly Item[]): string {
  const all = markdown.split("\n");
  for (const item of items.toReversed()) {
    if (item.kind !== "block") continue;
    const fence = /^`+/.exec(all[item.line - 1]!)![0];
    const end = all.indexOf(fence, item.line);
    all.splice(item.line, end - item.line, ...(item.text === "" ? [] : item.text.split("\n")));
  }
  return all.join("\n");
}
