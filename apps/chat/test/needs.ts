// Skips a test whose program is not installed, and says so. Knows no test.
import { spawnSync } from "node:child_process";

declare module "vitest" {
  interface TaskMeta {
    /** Why a test is skipped. */
    needs?: string;
  }
}

const present: Record<string, () => boolean> = {
  tmux: () => succeeds("tmux", "-V"),
  "a mount namespace": () =>
    succeeds("unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", "/tmp"),
  "chattr +i": () =>
    succeeds("sh", "-c", 'f=$(mktemp) && chattr +i "$f" && chattr -i "$f"; r=$?; rm -f "$f"; exit $r'),
  "nats-server": () => succeeds("nats-server", "--version"),
};

/** For the second argument of `test`. With SOCKETLAB_REQUIRE_ALL=1, `npm test` takes a skipped test for a failed one. */
export function needs(what: keyof typeof present, get: string): { skip?: true; meta?: { needs: string } } {
  return present[what]?.() === true ? {} : { skip: true, meta: { needs: `needs ${what}: ${get}` } };
}

function succeeds(program: string, ...args: string[]): boolean {
  return spawnSync(program, args).status === 0;
}
