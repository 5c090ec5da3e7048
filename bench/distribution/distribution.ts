// Measures one file's way from one server to many clients, and among as many peers, prints both beside their bounds, and stores
// them. Reads no flags.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stopAll } from "../commands/account.ts";
import { LeftOut } from "../commands/left-out.ts";
import { openWorkspace } from "../commands/workspace.ts";
import { closeOnInterrupt } from "../interrupt.ts";
import { describeMachine } from "../machine.ts";
import { describeRuns, formatMachine } from "../report.ts";
import type { SwarmClient } from "../swarm/client.ts";
import type { Tools } from "../swarm/scene.ts";
import { closeHomes } from "../swarm/homes.ts";
import type { Distribution } from "./bound.ts";
import { measureAmongPeers, measureDistribution, type Distributed } from "./measure.ts";
import { plotDistribution } from "./plot.ts";
import { describeDistribution, formatDistribution } from "./report.ts";

export const usualDistribution: Distribution = {
  fileBytes: 16 * 1024 * 1024,
  uploadBytesPerSecond: 8 * 1024 * 1024,
  peerBytesPerSecond: 1 * 1024 * 1024,
  downloadBytesPerSecond: 4 * 1024 * 1024,
};

export interface DistributionOptions {
  distribution: Distribution;
  /** Each number of clients that is measured, in turn. */
  clients: readonly number[];
  /** What the peers are. */
  peer: SwarmClient;
  runs: number;
  /** A file for the picture, also if nothing is stored. */
  picture?: string;
  isComplete: boolean;
}

/** @throws what has failed. */
export async function runDistribution(tools: Tools, options: DistributionOptions): Promise<void> {
  const { distribution, clients, peer, runs, picture, isComplete } = options;
  const workspace = openWorkspace();
  const close = async (): Promise<void> => {
    await stopAll();
    closeHomes();
    workspace.remove();
  };
  closeOnInterrupt(close);
  try {
    const machine = describeMachine([]);
    const measured: Distributed[] = [];
    let leftOut: string | undefined;
    const add = (run: number, one: Distributed): void => {
      measured.push(one);
      console.error(`${run}/${runs} ${one.way}, ${one.clients}: ${one.seconds.toFixed(2)} s`);
    };
    for (let run = 1; run <= runs; run++) {
      for (const number of clients) {
        add(run, await measureDistribution(tools.accountant, workspace, distribution, number));
        if (leftOut !== undefined) continue; // it would be so again
        try {
          add(run, await measureAmongPeers(tools, workspace, peer, distribution, number));
        } catch (error) {
          if (!(error instanceof LeftOut)) throw error;
          leftOut = error.message;
        }
      }
    }
    const text = [
      "# One file from one server to N clients, and among N peers",
      formatMachine(machine),
      `${describeDistribution(distribution)}; ${describeRuns(runs)}`,
      formatDistribution(distribution, measured),
      ...(leftOut === undefined
        ? [`The peers are ${peer.title}.`]
        : [`Left out: peer-to-peer, ${peer.title}: ${leftOut}`]),
    ].join("\n\n");
    console.log(text);
    if (picture !== undefined) writeFileSync(picture, plotDistribution(distribution, measured));
    if (!isComplete || leftOut !== undefined) return;
    const folder = path.join(import.meta.dirname, "..", "results");
    mkdirSync(folder, { recursive: true });
    const name = `distribution-${machine.date.slice(0, 10)}`;
    const store = (ending: string, content: string): void =>
      writeFileSync(path.join(folder, `${name}.${ending}`), content);
    store(
      "md",
      `${text}\n\n![Measured times, D_cs and D_p2p by the number of clients or peers](${name}.svg)\n`,
    );
    store("json", `${JSON.stringify({ machine, distribution, runs, measured }, undefined, 2)}\n`);
    store("svg", plotDistribution(distribution, measured));
    console.error(`stored in bench/results/${name}.md, .json and .svg`);
  } catch (error) {
    if (error instanceof LeftOut)
      throw new Error(`the server or the client cannot be slowed down: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await close();
  }
}
