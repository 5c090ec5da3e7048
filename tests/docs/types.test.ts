// The TypeScript of the documents compiles, under the settings of the repository. Excerpts have been compiled already.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { documents } from "../../scripts/docs/documents.ts";
import { parseMarkdown } from "../../scripts/docs/markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Below this package, so that its dependencies are found.
const folder = fileURLToPath(new URL("../.socketlab/docs", import.meta.url));

test("the TypeScript of the documents compiles", { timeout: 60_000 }, () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let count = 0;
  for (const file of documents(root)) {
    const name = file.replaceAll(/[/.]/g, "-");
    // A block that is marked `continued` goes on where the one before it ended.
    let module = 0;
    const modules = new Map<number, string>();
    const items = parseMarkdown(readFileSync(join(root, file), "utf8"));
    for (const [at, item] of items.entries()) {
      const before = items[at - 1];
      if (item.kind !== "block" || item.language !== "ts") continue;
      if (before?.kind === "directive" && before.name === "excerpt") continue;
      if (item.info !== "continued") module++;
      modules.set(module, `${modules.get(module) ?? ""}\n// ${file}, line ${item.line}\n${item.text}\n`);
    }
    for (const [number, text] of modules) writeFileSync(join(folder, `${name}-${number}.ts`), text);
    count += modules.size;
  }
  // A file that nobody imports may have names that nobody uses: it is an example.
  const options = { noUnusedLocals: false, noUnusedParameters: false };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../../tsconfig.base.json", compilerOptions: options, include: ["*.ts"] }),
  );
  expect(count).toBeGreaterThan(0);
  expect(compile()).toBe("");
});

function compile(): string {
  try {
    return execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
