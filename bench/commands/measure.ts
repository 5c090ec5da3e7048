// One measurement of a whole command: a fresh server, a small transfer to warm it up, the timed one, and a look at what has arrived.
import { setTimeout as delay } from "node:timers/promises";
import type { Figures, TransferLoad } from "../cases.ts";
import { cpuSecondsOf, run, type Cost } from "./account.ts";
import { freePort, isListening } from "./port.ts";
import type { CommandSubject, Task } from "./subject.ts";
import type { Goods, Workspace } from "./workspace.ts";

const WARM_UP_BYTES = 8 * 1024 * 1024;
const WARM_UP_FILES = 100;
// What a server does after its client has gone: closing, writing its log.
const SETTLE_MS = 100;

export async function measureCommand(
  accountant: string,
  workspace: Workspace,
  subject: CommandSubject,
  load: TransferLoad,
): Promise<Figures> {
  const isFolder = load.mode === "many-files";
  const goods: Goods = isFolder
    ? { name: `${load.files}-files`, files: load.files, bytes: load.bytes }
    : { name: `${load.bytes}-bytes`, bytes: load.bytes };
  const warmUp: Goods = isFolder
    ? { name: "warm-up-files", files: WARM_UP_FILES, bytes: load.bytes }
    : { name: "warm-up", bytes: WARM_UP_BYTES };
  for (const one of [goods, warmUp]) workspace.add(one);
  workspace.empty();
  const port = await freePort();
  const { from, to, own } = workspace;
  const task = ({ name, bytes }: Goods): Task => ({ from, name, to, isFolder, bytes, own, port });

  const server = subject.serve && run(accountant, subject.serve(task(goods)));
  try {
    if (server !== undefined) await Promise.race([isListening(port), server.ended]);
    if (subject.servesOnce === undefined) {
      await run(accountant, subject.move(task(warmUp))).ended;
      workspace.discard(warmUp.name);
    }
    const before = server === undefined ? 0 : await cpuSecondsOf(server.pid);
    const client = await run(accountant, subject.move(task(goods))).ended;
    let { endSeconds } = client;
    let serving: Cost | undefined;
    if (server !== undefined && subject.servesOnce === true) {
      serving = await server.ended;
      endSeconds = Math.max(endSeconds, serving.endSeconds);
    } else if (server !== undefined) {
      await delay(SETTLE_MS);
      const cpuSeconds = (await cpuSecondsOf(server.pid)) - before;
      serving = { ...(await server.stop()), cpuSeconds };
    }
    if (subject.isEmptyHanded === undefined) workspace.compare(goods.name);
    return figuresOf(load, endSeconds - client.startSeconds, client, serving);
  } finally {
    await server?.stop();
    workspace.empty();
  }
}

function figuresOf(load: TransferLoad, seconds: number, client: Cost, server: Cost | undefined): Figures {
  const files = load.mode === "many-files" ? load.files : 1;
  const cpuSeconds = client.cpuSeconds + (server?.cpuSeconds ?? 0);
  return {
    seconds,
    bytesPerSecond: (load.bytes * files) / seconds,
    filesPerSecond: files / seconds,
    cpuSeconds,
    clientCpuSeconds: client.cpuSeconds,
    bytesPerCpuSecond: (load.bytes * files) / cpuSeconds,
    filesPerCpuSecond: files / cpuSeconds,
    clientPeakBytes: client.peakMemoryBytes,
    ...(server !== undefined && {
      serverCpuSeconds: server.cpuSeconds,
      serverPeakBytes: server.peakMemoryBytes,
    }),
  };
}
