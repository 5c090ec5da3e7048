// What a document takes from the source: excerpts and tables, written in by a script so that they cannot drift.
//
//   <!-- excerpt: FILE, TEXT -->   the next block is the statement that begins with TEXT in FILE
//   <!-- table: NAME -->           the next lines are a table made from the source, up to an empty line
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseMarkdown, withBlocks, type Item } from "./markdown.ts";
import { makeTable } from "./tables.ts";

/** The document as the source now says. @throws Error for an excerpt that is not there. */
export function fill(markdown: string, root: string): string {
  const items = parseMarkdown(markdown);
  for (const [at, item] of items.entries()) {
    if (item.kind === "directive" && item.name === "excerpt") fillExcerpt(items, at, root);
  }
  const lines = withBlocks(markdown, items).split("\n");
  for (let at = 0; at < lines.length; at++) {
    const name = /^<!-- table: (.*) -->$/.exec(lines[at]!)?.[1];
    if (name === undefined) continue;
    // Empty lines around the table: without them a renderer takes it as part of what stands beside it.
    let end = at + 1;
    while (lines[end] === "") end++;
    while (lines[end]?.startsWith("|")) end++;
    while (lines[end] === "") end++;
    lines.splice(at + 1, end - at - 1, "", ...makeTable(name, root), "");
  }
  return lines.join("\n");
}

function fillExcerpt(items: readonly Item[], at: number, root: string): void {
  const { argument, line } = items[at] as Extract<Item, { kind: "directive" }>;
  const comma = argument.indexOf(", ");
  const block = items[at + 1];
  if (comma < 0 || block?.kind !== "block")
    throw new Error(`line ${line}: an excerpt is FILE, TEXT and a block`);
  block.text = excerpt(readFileSync(join(root, argument.slice(0, comma)), "utf8"), argument.slice(comma + 2));
}

/** The statement whose first line begins with `text`: up to the closing bracket at the same indentation. */
export function excerpt(source: string, text: string): string {
  const lines = source.split("\n");
  const first = lines.findIndex((line) => line.trimStart().startsWith(text));
  if (first < 0) throw new Error(`no line begins with ${JSON.stringify(text)}`);
  const indentation = lines[first]!.length - lines[first]!.trimStart().length;
  let last = first;
  if (/[[{(]$/.test(lines[first]!)) {
    const closes = new RegExp(`^ {${indentation}}[\\]})](?!.*[{(]$)`);
    last = lines.findIndex((line, at) => at > first && closes.test(line));
  }
  return lines
    .slice(first, last + 1)
    .map((line) => line.slice(indentation))
    .join("\n");
}
