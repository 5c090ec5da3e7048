// The Markdown documents of the repository: those that git knows or would take. Reads none.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Relative to `root`, in a stable order. */
export function documents(root: string): string[] {
  const list = execFileSync(
    "git",
    ["-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "*.md"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  return list
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(root, file)))
    .toSorted();
}
