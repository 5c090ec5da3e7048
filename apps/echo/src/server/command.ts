// `echo server` and `echo lab`: from flags to a server that waits until it is told to stop. Exits nothing.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatEndpoint, UsageError, type Endpoint } from "@socketlab/core";
import { admissionOf, createLog, identityOf, logLevelOf, serve } from "@socketlab/core/server-kit";
import {
  ExitCode,
  type Flags,
  Observer,
  parseCount,
  parseDuration,
  parseFlags,
  print,
  type Terminal,
  transportOptionsOf,
  withoutTcpOptions,
} from "@socketlab/core/terminal";
import { echo } from "../protocol.ts";
import { broadcastAddresses, readDoors } from "./doors.ts";
import { serverFlags, serverHelp, type ServerFlag } from "./flags.ts";
import { echoBack } from "./handle.ts";
import { UdpGuard } from "./udp-guard.ts";
import { welcome } from "./welcome.ts";

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
  const [extra] = flags.positionals;
  if (extra !== undefined)
    throw new UsageError(
      "bad-argument",
      `${JSON.stringify(extra)} is no flag; doors are named with --listen URL`,
    );
  const doors = readDoors(flags.texts("listen"));
  const observer = new Observer(flags, terminal.stdout);
  const ratePerSecond = flags.read("udp-rate", (text) => parseCount(text)) ?? UDP_RATE_PER_SECOND;
  const guard = new UdpGuard({
    ratePerSecond: ratePerSecond === 0 ? Infinity : ratePerSecond,
    broadcasts: broadcastAddresses(),
    now: () => performance.now(),
  });
  const { tls, signedByUs } = await identityOf(flags, doors);
  const page = flags.text("page") ?? builtPage();
  const log = createLog({ level: logLevelOf(flags) });
  const options = {
    name: "echo",
    log,
    page,
    ...transportOptionsOf(
      flags,
      doors.map(({ transport }) => transport),
    ),
    optionsAt: ({ transport }: Endpoint) => (transport === "udp" ? withoutTcpOptions : {}),
    ...idleTimeoutOf(flags),
    ...admissionOf(flags),
    ...(tls !== undefined && { tls }),
    ...(observer.trace !== undefined && { trace: observer.trace }),
    acceptDatagramFrom: (remote: Endpoint) => guard.accepts(remote),
  };
  const server = await serve(
    echo,
    doors,
    async (socket) => {
      try {
        await echoBack(socket, guard);
      } finally {
        if (observer.inspects) observer.draw(socket);
      }
    },
    options,
  ).catch((error: Error) => {
    throw withAdvice(error);
  });
  for (const { transport, port } of server.endpoints) if (transport === "udp") guard.ownPorts.add(port);
  const stopWatching = observer.watch(() => server.sockets(), terminal, flags);
  if (observer.json)
    print(
      terminal,
      JSON.stringify({
        event: "listening",
        endpoints: server.endpoints.map(formatEndpoint),
        pid: process.pid,
      }),
    );
  else
    print(
      terminal,
      welcome(server.endpoints, {
        kind,
        signedByUs,
        hasPage: page !== undefined,
        isInSocketlab: isInSocketlab(),
      }),
    );

  const failure = await Promise.race([stopped(terminal.signal), server.closed]);
  await server.close("the server is stopping");
  if (guard.limited > 0)
    log.warn(`${guard.limited} datagrams were not answered: their source asked too often (--udp-rate)`);
  stopWatching();
  observer.finish();
  if (failure !== undefined) throw failure;
  return ExitCode.done;
}

function idleTimeoutOf(flags: Flags<ServerFlag>): { idleTimeoutMs?: number } {
  const idleTimeoutMs = flags.read("idle-timeout", parseDuration);
  return idleTimeoutMs === undefined ? {} : { idleTimeoutMs };
}

/** Where the build of this app's page lies; undefined as long as it has not been built. */
function builtPage(): string | undefined {
  const folder = fileURLToPath(new URL("../../dist", import.meta.url));
  return existsSync(`${folder}/index.html`) ? folder : undefined;
}

/** A copy has a name of its own. */
function isInSocketlab(): boolean {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { name: string }).name.startsWith("@socketlab/");
}

/** A busy port is the one thing that happens to everybody: say how to choose others. */
function withAdvice(error: Error): Error {
  if (!(error instanceof UsageError) || error.code !== "address-in-use") return error;
  return new UsageError(
    error.code,
    `${error.message}\nOther doors: echo server --listen tcp://127.0.0.1:0 --listen ws://127.0.0.1:0`,
    { cause: error },
  );
}

function stopped(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
