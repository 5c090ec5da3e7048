// Whether a program printed what a document shows, apart from what differs from run to run. Runs nothing.

/** What differs everywhere: times, process ids, ports that the system chose, widths. */
const always: readonly [RegExp, string][] = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "‹time›"],
  [/\b\d\d:\d\d:\d\d(\.\d+)?\b/g, "‹time›"],
  [/(\d[\d.,]*\/)*\d[\d.,]*(?= ?(ms|µs|s|minutes)\b)/g, "‹n›"],
  [/\bpid \d+/g, "pid ‹n›"],
  [/(?<=port |:)\d{5}\b/g, "‹port›"],
  [/─+/g, "─"],
  [/[ \t]+/g, " "],
];

/**
 * @param varies words: in a line that has one of them every number may differ; `numbers`: in all lines.
 * @returns undefined if they agree; otherwise the first line shown that was not printed.
 */
export function difference(
  shown: string,
  printed: string,
  varies: readonly string[] = [],
): string | undefined {
  const expected = stable(shown, varies);
  const actual = `${stable(printed, varies)}\n`;
  if (pattern(expected).test(actual)) return undefined;
  // The longest beginning that agrees tells where it ends.
  const lines = expected.split("\n");
  for (let count = 1; count <= lines.length; count++) {
    const part = pattern(`${lines.slice(0, count).join("\n")}\n…`);
    if (!part.test(actual)) return lines[count - 1]!;
  }
  return "(the end: more was printed)";
}

function stable(text: string, varies: readonly string[]): string {
  return text
    .split("\n")
    .filter((line) => !/^npm (warn|notice)/.test(line) && !line.startsWith('{"level":'))
    .map((line) => {
      let result = line;
      for (const [what, mark] of always) result = result.replaceAll(what, mark);
      if (varies.some((word) => word === "numbers" || line.includes(word)))
        result = result.replaceAll(/\d[\d.,]*( ?[KMG]iB| ?B\b)?/g, "‹n›");
      return result.trimEnd();
    })
    .join("\n")
    .trim();
}

/** `…` stands for anything in its line; alone in a line, for any number of lines. */
function pattern(expected: string): RegExp {
  const source = expected
    .split("\n")
    .map((line) => {
      if (line.trim() === "…") return "(?:.*\n)*?";
      return `${line
        .split("…")
        .map((part) => escapeForPattern(part))
        .join(".*")}\n`;
    })
    .join("");
  return new RegExp(`^${source}$`);
}

function escapeForPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
