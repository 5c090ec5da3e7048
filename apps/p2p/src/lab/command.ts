// `p2p lab`: an observer with its page, and a swarm to watch. Exits nothing.
import { join } from "node:path";
import { formatEndpoint, realClock, UsageError, type Endpoint } from "@socketlab/core";
import { parseDoors, readSetting, runServer, type Greeting } from "@socketlab/core/server-kit";
import {
  ExitCode,
  parseCount,
  parseFlags,
  parseSize,
  print,
  say,
  type Flags,
  type Terminal,
} from "@socketlab/core/terminal";
import { Observer } from "../observe/server/observer.ts";
import { observation } from "../observe/protocol.ts";
import { Cast } from "./cast.ts";
import { labDoors, serverFlags, serverHelp, type LabFlag } from "./flags.ts";
import { freePort } from "./free-port.ts";
import { hostOf, PEERS, Plan } from "./plan.ts";

const MIB = 1024 * 1024;
const LARGEST_BYTES: number = 1024 * MIB;
const HIGHEST_PORT = 65_535;

/**
 * @param main the URL of this program, in a folder of the app's; the processes of the lab run it, too.
 * @returns the exit code, when it has been told to stop and all its processes have ended. @throws what keeps it from starting.
 */
export async function labCommand(args: readonly string[], terminal: Terminal, main: string): Promise<number> {
  const flags = parseFlags(args, serverFlags);
  if (flags.has("help")) {
    print(terminal, serverHelp("lab"));
    return ExitCode.done;
  }
  const plan = new Plan(await readLab(flags));
  const doors = parseDoors(flags.texts("listen"), labDoors, ({ transport }) =>
    transport === "ws" || transport === "wss" ? undefined : "is no door for a browser; use ws://",
  );
  const failed = new AbortController();
  const signal = AbortSignal.any([terminal.signal, failed.signal]);
  const setting = await readSetting(flags, doors, { ...terminal, signal });
  // Pages and peers come and go, in any way: that is what the page shows.
  const log = setting.log.child({}, { level: flags.text("log-level") ?? "error" });
  const cast = new Cast(plan, main, (sentence) => say(terminal, sentence));
  let endpoint: Endpoint = doors[0]!;
  const commands = (): readonly string[] => Object.values(plan.commands(formatEndpoint(endpoint)));
  const observer = new Observer({ clock: realClock, commands });
  try {
    const code = await runServer(observation, { ...setting, log }, (socket) => observer.converse(socket), {
      kind: "lab",
      name: "p2p",
      folder: new URL("../", main),
      greeting: greetingOf(plan),
      // A swarm in which all is done has nothing to tell.
      idleTimeoutMs: 0,
      onListening({ endpoints }) {
        endpoint = endpoints[0]!;
        cast.start(formatEndpoint(endpoint)).catch((error: Error) => failed.abort(error));
      },
    });
    if (failed.signal.aborted && !terminal.signal.aborted) throw failed.signal.reason;
    return code;
  } finally {
    await cast.stop();
  }
}

async function readLab(flags: Flags<LabFlag>): Promise<Plan["setting"]> {
  const limit = (name: LabFlag, usual: string): string => {
    flags.read(name, parseSize);
    return flags.text(name) ?? usual;
  };
  const port = async (name: LabFlag, hosts: readonly string[], usual: number): Promise<number> =>
    flags.read(name, parsePort) ?? (await freePort(hosts, usual));
  return {
    folder: flags.text("folder") ?? join(".socketlab", "p2p-lab"),
    bytes: flags.read("size", parseBytes) ?? 8 * MIB,
    seedLimit: limit("seed-limit", "192k"),
    peerLimit: limit("peer-limit", "96k"),
    trackerPort: await port("tracker-port", ["127.0.0.1"], 6969),
    peerPort: await port(
      "peer-port",
      Array.from({ length: PEERS + 2 }, (_, number) => hostOf(number)),
      6881,
    ),
  };
}

function parseBytes(text: string): number {
  const bytes = parseSize(text);
  if (bytes > 0 && bytes <= LARGEST_BYTES) return bytes;
  throw new UsageError("bad-quantity", `${JSON.stringify(text)} is not from 1 to 1G`);
}

function parsePort(text: string): number {
  const port = parseCount(text);
  if (port <= HIGHEST_PORT) return port;
  throw new UsageError("bad-quantity", `${JSON.stringify(text)} is no port`);
}

function greetingOf(plan: Plan): Greeting {
  return {
    title: () => "A swarm begins: a tracker, a seed, two peers. Watch it, and join it.",
    call: (url) => plan.commands(url).own,
    others: (endpoint) => [plan.commands(formatEndpoint(endpoint)).foreign],
    otherDoors: "p2p lab --listen ws://127.0.0.1:0 --tracker-port 0 --peer-port 0",
    notes: () => [
      `The seed is at ${hostOf(0)} and sends ${plan.setting.seedLimit} bytes a second; the others begin with nothing.`,
      "Kill one of them, and see who takes over.",
    ],
    next: ["read   labs/7-every-process-both-client-and-server.md", "copy   npm run new -- p2p ../my-p2p"],
  };
}
