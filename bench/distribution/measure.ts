// One measurement: from the start of many clients, or peers, until the last one has its verified file. It knows no bound.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { run } from "../commands/account.ts";
import { fileTransfer, serve } from "../commands/ours.ts";
import { freePort, isListening } from "../commands/port.ts";
import type { Workspace } from "../commands/workspace.ts";
import type { SwarmClient } from "../swarm/client.ts";
import { measureSwarm } from "../swarm/measure.ts";
import type { Tools } from "../swarm/scene.ts";
import { swarmOf, type Distribution } from "./bound.ts";

export type Way = "client-server" | "peer-to-peer";

export interface Distributed {
  way: Way;
  clients: number;
  /** Until the last has it. */
  seconds: number;
  /** Until the first has it. */
  firstSeconds: number;
}

const FILE = "file";

export async function measureDistribution(
  accountant: string,
  workspace: Workspace,
  { fileBytes, uploadBytesPerSecond, downloadBytesPerSecond }: Distribution,
  clients: number,
): Promise<Distributed> {
  workspace.add({ name: FILE, bytes: fileBytes });
  workspace.empty();
  const port = await freePort();
  const upload = ["--rate", String(uploadBytesPerSecond)];
  const download = downloadBytesPerSecond === Infinity ? [] : ["--rate", String(downloadBytesPerSecond)];
  const server = run(accountant, serve(workspace.from, port, ...upload));
  try {
    await Promise.race([isListening(port), server.ended]);
    const folders = Array.from({ length: clients }, (_, client) => path.join(workspace.to, String(client)));
    for (const folder of folders) mkdirSync(folder);
    const url = `tcp://127.0.0.1:${port}/${FILE}`;
    const costs = await Promise.all(
      folders.map((into) => run(accountant, fileTransfer("get", url, into, "--quiet", ...download)).ended),
    );
    for (const folder of folders) workspace.compare(FILE, folder);
    const start = Math.min(...costs.map(({ startSeconds }) => startSeconds));
    const ends = costs.map(({ endSeconds }) => endSeconds - start);
    return { way: "client-server", clients, seconds: Math.max(...ends), firstSeconds: Math.min(...ends) };
  } finally {
    await server.stop();
    workspace.empty();
  }
}

/** The same, but each passes on what it has. */
export async function measureAmongPeers(
  tools: Tools,
  workspace: Workspace,
  client: SwarmClient,
  distribution: Distribution,
  clients: number,
): Promise<Distributed> {
  const { doneSeconds } = await measureSwarm(tools, workspace, [client], swarmOf(distribution), clients);
  const [seconds, firstSeconds] = [Math.max(...doneSeconds), Math.min(...doneSeconds)];
  return { way: "peer-to-peer", clients, seconds, firstSeconds };
}
