// Skips a test whose program is not installed, and says so. Knows no test.
import { accessSync, constants } from "node:fs";
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

declare module "vitest" {
  interface TaskMeta {
    /** Why a test is skipped. */
    needs?: string;
  }
}

const present: Record<string, () => boolean> = {
  "python3 websockets": () => spawnSync("/usr/bin/python3", ["-c", "import websockets"]).status === 0,
  "network namespaces": () =>
    isOnPath("ip") && isOnPath("nft") && spawnSync("unshare", ["--net", "true"]).status === 0,
};

/** For the second argument of `test`. With SOCKETLAB_REQUIRE_ALL=1, `npm test` takes a skipped test for a failed one. */
export function needs(
  program: string,
  get = `apt-get install ${program}`,
): { skip?: true; meta?: { needs: string } } {
  const isThere = present[program] ?? (() => isOnPath(program));
  return isThere() ? {} : { skip: true, meta: { needs: `needs ${program}: ${get}` } };
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
