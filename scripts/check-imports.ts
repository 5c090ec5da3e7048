// Holds every source file of the repository against the rules of import-rules.ts. Exit code 1 if one is broken.
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findViolations } from "./import-rules.ts";
import type { Packages } from "./import-rules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const exclude = (path: string): boolean => /(^|[\\/])(node_modules|dist)$/.test(path);

function find(...patterns: string[]): { path: string; text: string }[] {
  return globSync(patterns, { cwd: root, exclude }).map((path) => ({
    path: path.replaceAll("\\", "/"),
    text: readFileSync(join(root, path), "utf8"),
  }));
}

const packages: Packages = new Map(
  find("{packages,apps}/*/package.json", "{tests,bench}/package.json").map(({ path, text }) => {
    const { name, exports = {} }: { name: string; exports?: object } = JSON.parse(text);
    return [name, { folder: dirname(path), offers: Object.keys(exports) }];
  }),
);
const sources = find("{packages,apps,tests,bench,scripts}/**/*.{ts,tsx,js,mjs}");
const violations = findViolations(sources, packages);
for (const violation of violations) console.error(violation);
console.log(
  `${sources.length} files, ${violations.length} imports or uses that docs/architecture.md forbids`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
