// Every link of a document leads somewhere: to a file that is there, to a heading that it has. Other sites are not asked.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { documents } from "../../scripts/docs/documents.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test.each(documents(root))("the links of %s lead somewhere", (file) => {
  const lost = linksOf(readFileSync(join(root, file), "utf8")).filter((link) => !leads(file, link));
  expect(lost).toEqual([]);
});

test("every fenced block says what it is", () => {
  const unnamed = documents(root).filter((file) => {
    const fences = readFileSync(join(root, file), "utf8").match(/^```.*$/gm) ?? [];
    return fences.some((fence, at) => at % 2 === 0 && fence === "```");
  });
  expect(unnamed).toEqual([]);
});

/** Targets of `[text](target)` outside code. */
function linksOf(markdown: string): string[] {
  const text = markdown.replaceAll(/^```[^]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "code");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
}

function leads(from: string, link: string): boolean {
  if (/^https?:\/\//.test(link)) return true;
  const [path, anchor] = link.split("#");
  const target = path === "" ? join(root, from) : join(root, dirname(from), path!);
  if (!existsSync(target)) return false;
  return (
    anchor === undefined ||
    (statSync(target).isFile() && anchorsOf(readFileSync(target, "utf8")).includes(anchor))
  );
}

/** As Git hosts make them: lower case, no punctuation, hyphens for spaces. */
function anchorsOf(markdown: string): string[] {
  const headings = markdown.replaceAll(/^```[^]*?^```/gm, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
