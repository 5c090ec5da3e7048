// `echo server` and `echo lab`: from flags to a server that waits until it is told to stop. Exits nothing.
import type { Endpoint } from "@socketlab/core";
import { readSetting, runServer } from "@socketlab/core/server-kit";
import {
  ExitCode,
  parseCount,
  parseDuration,
  parseFlags,
  print,
  type Terminal,
  withoutTcpOptions,
} from "@socketlab/core/terminal";
import { echo } from "../protocol.ts";
import { broadcastAddresses, readDoors } from "./doors.ts";
import { serverFlags, serverHelp } from "./flags.ts";
import { greeting } from "./greeting.ts";
import { echoBack } from "./handle.ts";
import { UdpGuard } from "./udp-guard.ts";

const UDP_RATE_PER_SECOND = 1000;

/** @returns the exit code, when it has been told to stop and has. @throws what keeps it from starting. */
export async function serverCommand(
  args: readonly string[],
  terminal: Terminal,
  kind: "lab" | "server",
): Promise<number> {
  const flags = parseFlags(args, serverFlags);
  if (flags.has("help")) {
    print(terminal, serverHelp(kind));
    return ExitCode.done;
  }
  const setting = await readSetting(flags, readDoors(flags.texts("listen")), terminal);
  const ratePerSecond = flags.read("udp-rate", (text) => parseCount(text)) ?? UDP_RATE_PER_SECOND;
  const idleTimeoutMs = flags.read("idle-timeout", parseDuration);
  const guard = new UdpGuard({
    ratePerSecond: ratePerSecond === 0 ? Infinity : ratePerSecond,
    broadcasts: broadcastAddresses(),
    now: () => performance.now(),
  });
  const code = await runServer(echo, setting, (socket) => echoBack(socket, guard), {
    kind,
    name: "echo",
    folder: new URL("../../", import.meta.url),
    greeting,
    optionsAt: ({ transport }: Endpoint) => (transport === "udp" ? withoutTcpOptions : {}),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    acceptDatagramFrom: (remote: Endpoint) => guard.accepts(remote),
    onListening({ endpoints }) {
      for (const { transport, port } of endpoints) if (transport === "udp") guard.ownPorts.add(port);
    },
  });
  if (guard.limited > 0)
    setting.log.warn(
      `${guard.limited} datagrams were not answered: their source asked too often (--udp-rate)`,
    );
  return code;
}
