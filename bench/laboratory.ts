// Where measurements are taken: what a benchmark sets up once, and removes at its end. It knows no case and no goal.
import type { Binaries } from "./build.ts";
import type { Measure } from "./compare.ts";
import { stopAll } from "./commands/account.ts";
import { measureCommand } from "./commands/measure.ts";
import { openWorkspace } from "./commands/workspace.ts";
import { measure, type Timing } from "./measure.ts";
import { commands, isCommand, isSwarm, servers, swarms } from "./subjects.ts";
import { swarmFigures } from "./swarm/figures.ts";
import { measureSwarm } from "./swarm/measure.ts";
import type { Tools } from "./swarm/scene.ts";
import { closeHomes } from "./swarm/homes.ts";
import { ourTracker } from "./swarm/ours.ts";

export interface Laboratory {
  measure: Measure;
  /** Ends and removes everything, also in the midst of a measurement. */
  close: () => Promise<void>;
}

export const swarmTools = ({ accountant, meter }: Binaries): Tools => ({
  accountant,
  meter,
  tracker: ourTracker,
});

/** Servers under a load, whole commands, and swarms. The folder in memory for the latter two is made when it is needed. */
export function openLaboratory(binaries: Binaries, timing: Timing): Laboratory {
  let workspace: ReturnType<typeof openWorkspace> | undefined;
  return {
    async measure(subject, load) {
      const isTransfer = load.mode === "one-file" || load.mode === "many-files";
      if (isCommand(subject) && isTransfer) {
        workspace ??= openWorkspace();
        return measureCommand(binaries.accountant, workspace, commands[subject], load);
      }
      const isSwarmLoad = load.mode === "swarm" || load.mode === "mixed" || load.mode === "unlimited";
      if (isSwarm(subject) && isSwarmLoad) {
        workspace ??= openWorkspace();
        const { clients } = swarms[subject];
        return swarmFigures(
          load,
          await measureSwarm(swarmTools(binaries), workspace, clients, load, load.leechers),
        );
      }
      if (isCommand(subject) || isSwarm(subject) || isTransfer || isSwarmLoad)
        throw new Error(`${subject} takes no load ${load.mode}`);
      return measure(binaries, servers[subject], load, timing);
    },
    async close() {
      await stopAll();
      closeHomes();
      workspace?.remove();
    },
  };
}
