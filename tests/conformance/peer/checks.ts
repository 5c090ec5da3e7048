// Which checks belong to a seed and which to a leecher. Runs none by itself.
import type { Check } from "../check.ts";
import type { Report } from "../command.ts";
import { askingChecks } from "./asking-checks.ts";
import { extensionChecks, privateChecks } from "./extension-checks.ts";
import { fastChecks } from "./fast-checks.ts";
import { greetingChecks } from "./greeting-checks.ts";
import { inputChecks } from "./input-checks.ts";
import { keepingChecks } from "./keeping-checks.ts";
import { leecherChecksWith } from "./scene.ts";
import { servingChecks } from "./serving-checks.ts";
import { Subject, type Command } from "./subject.ts";
import { swarmChecks } from "./swarm-checks.ts";
import { Torrent } from "./torrent.ts";
import { checksWith } from "./visitor.ts";

const SEED_GROUPS = [greetingChecks, servingChecks, fastChecks, extensionChecks, inputChecks];

/**
 * Starts it as a seed of a torrent, and of a private one, as far as their checks are wanted.
 * @param atOnce so many of it are started, and each check is run with one of them.
 */
export async function checkSeed(
  command: Command,
  timeoutMs: number,
  report: Report,
  atOnce: number,
): Promise<void> {
  const torrents = [
    { prefix: "seed", torrent: new Torrent(), groups: SEED_GROUPS },
    { prefix: "private", torrent: new Torrent({ isPrivate: true }), groups: [privateChecks] },
  ];
  for (const { prefix, torrent, groups } of torrents) {
    if (!report.wants(prefix)) continue;
    await using seeds = new AsyncDisposableStack();
    const lanes: Check[][] = [];
    do {
      const seed = seeds.use(await Subject.seed(command, torrent));
      const check = checksWith(seed, timeoutMs, prefix);
      lanes.push(groups.flatMap((group) => group(check)));
    } while (lanes.length < Math.min(atOnce, lanes[0]!.length));
    await report.run(`${prefix}: ${command.join(" ")}`, ...lanes);
  }
}

/** Each check starts one of its own. */
export async function checkLeecher(
  command: Command,
  timeoutMs: number,
  report: Report,
  atOnce: number,
): Promise<void> {
  const check = leecherChecksWith(command, timeoutMs);
  const checks = [askingChecks, keepingChecks, swarmChecks].flatMap((group) => group(check));
  await report.run(`leecher: ${command.join(" ")}`, ...Array.from({ length: atOnce }, () => checks));
}
