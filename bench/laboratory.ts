// Where measurements are taken: what a benchmark sets up once, and removes at its end. It knows no case and no goal.
import type { Binaries } from "./build.ts";
import type { Measure } from "./compare.ts";
import { stopAll } from "./commands/account.ts";
import { measureCommand } from "./commands/measure.ts";
import { openWorkspace } from "./commands/workspace.ts";
import { measure, type Timing } from "./measure.ts";
import { commands, isCommand, servers } from "./subjects.ts";

export interface Laboratory {
  measure: Measure;
  /** Ends and removes everything, also in the midst of a measurement. */
  close: () => Promise<void>;
}

/** Servers under a load, and whole commands. The folder in memory for those is made when it is needed. */
export function openLaboratory(binaries: Binaries, timing: Timing): Laboratory {
  let workspace: ReturnType<typeof openWorkspace> | undefined;
  return {
    async measure(subject, load) {
      const isTransfer = load.mode === "one-file" || load.mode === "many-files";
      if (isCommand(subject) && isTransfer) {
        workspace ??= openWorkspace();
        return measureCommand(binaries.accountant, workspace, commands[subject], load);
      }
      if (isCommand(subject) || isTransfer) throw new Error(`${subject} takes no load ${load.mode}`);
      return measure(binaries, servers[subject], load, timing);
    },
    async close() {
      await stopAll();
      workspace?.remove();
    },
  };
}
