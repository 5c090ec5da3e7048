// `npm run docs [-- --check] [FILE…]`: takes excerpts and tables from the source, runs every command of the documents as
// written, and writes down what was printed where it is not what they show. With --check nothing is written.
import { readFileSync, writeFileSync } from "node:fs";
import { join, delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { documents } from "./docs/documents.ts";
import { fill } from "./docs/fill.ts";
import { parseMarkdown, withBlocks } from "./docs/markdown.ts";
import { runDocument } from "./docs/run-document.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  options: { check: { type: "boolean" } },
  allowPositionals: true,
});
const write = values.check !== true;

// What a reader's shell has: none of our own programs.
const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.startsWith(root));
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV|TURBO|FORCE_COLOR)/.test(name)),
  ),
  PATH: folders.join(delimiter),
  NO_COLOR: "1",
};

let faults = 0;
for (const file of positionals.length > 0 ? positionals : documents(root)) {
  const path = join(root, file);
  const before = readFileSync(path, "utf8");
  const filled = fill(before, root);
  const items = parseMarkdown(filled);
  const outcome = await runDocument(items, { folder: root, env, write });
  if (!write && filled !== before)
    outcome.faults.push("an excerpt or a table is not as in the source: npm run docs");
  const after = withBlocks(filled, items);
  if (write && after !== before) {
    writeFileSync(path, after);
    console.log(`${file}: written`);
  }
  for (const fault of outcome.faults) console.error(`${file}: ${fault}\n`);
  for (const each of outcome.notRun) console.log(`${file}: not run: ${each}`);
  faults += outcome.faults.length;
}
process.exitCode = faults === 0 ? 0 : 1;
