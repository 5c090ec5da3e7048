// `server` and `lab` of every app: from flags to a server that waits until it is told to stop. Exits nothing; knows no app.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatEndpoint, type Endpoint } from "../address/endpoint.ts";
import { UsageError } from "../errors.ts";
import type { Protocol } from "../messages/protocol.ts";
import type { MessageSocket } from "../socket/message-socket.ts";
import type { Flags } from "../terminal/flags.ts";
import { Observer, type ObserveFlag } from "../terminal/observe.ts";
import { ExitCode, print, type Terminal } from "../terminal/terminal.ts";
import { transportOptionsOf, type TransportFlag } from "../terminal/transport-flags.ts";
import type { TlsOptions } from "../transports/network.ts";
import {
  admissionOf,
  identityOf,
  logLevelOf,
  type AdmissionFlag,
  type DoorFlag,
  type LogFlag,
} from "./flags.ts";
import { createLog, type Logger } from "./log.ts";
import { serve, type ServeOptions, type Server } from "./serve.ts";
import { welcome, type Greeting } from "./welcome.ts";

export type ServerFlags = Flags<DoorFlag | AdmissionFlag | LogFlag | ObserveFlag | TransportFlag>;

/** What the flags say that means the same in every app. */
export interface ServerSetting {
  readonly flags: ServerFlags;
  readonly doors: readonly Endpoint[];
  readonly terminal: Terminal;
  readonly log: Logger;
  readonly observer: Observer;
  readonly tls: TlsOptions | undefined;
  readonly signedByUs: boolean;
  readonly serveOptions: Partial<ServeOptions>;
}

export interface RunServerOptions<In, Out> extends Omit<ServeOptions, "log" | "page" | "tls" | "trace"> {
  readonly kind: "lab" | "server";
  /** The app's folder: its manifest, and in `dist` its page. */
  readonly folder: URL;
  readonly greeting: Greeting;
  /** Called when all doors are open, before anything is printed. */
  readonly onListening?: (server: Server<In, Out>) => void;
}

/** Reads the flags; opens nothing. @throws UsageError what is wrong with them. */
export async function readSetting(
  flags: ServerFlags,
  doors: readonly Endpoint[],
  terminal: Terminal,
): Promise<ServerSetting> {
  const [extra] = flags.positionals;
  if (extra !== undefined)
    throw new UsageError(
      "bad-argument",
      `${JSON.stringify(extra)} is no flag; doors are named with --listen URL`,
    );
  const transports = doors.map(({ transport }) => transport);
  const observer = new Observer(flags, terminal.stdout);
  const log = createLog({ level: logLevelOf(flags) });
  const serveOptions = { ...transportOptionsOf(flags, transports), ...admissionOf(flags) };
  const { tls, signedByUs } = await identityOf(flags, doors);
  return { flags, doors, terminal, log, observer, tls, signedByUs, serveOptions };
}

/**
 * Serves, says where, and waits for the terminal's signal; then closes every conversation orderly.
 * @returns the exit code. @throws what keeps it from starting, or broke one of its doors.
 */
export async function runServer<FromClient, FromServer>(
  protocol: Protocol<FromClient, FromServer>,
  setting: ServerSetting,
  handle: (socket: MessageSocket<FromClient, FromServer>) => Promise<void>,
  options: RunServerOptions<FromClient, FromServer>,
): Promise<number> {
  const { flags, terminal, observer, log, tls, signedByUs } = setting;
  const { kind, folder, greeting, onListening, ...appOptions } = options;
  const page = flags.text("page") ?? builtPage(folder);
  const server = await serve(
    protocol,
    setting.doors,
    observer.inspects ? (socket) => handle(socket).finally(() => observer.draw(socket)) : handle,
    {
      log,
      page,
      ...appOptions,
      ...setting.serveOptions,
      ...(tls !== undefined && { tls }),
      ...(observer.trace !== undefined && { trace: observer.trace }),
    },
  ).catch((error: Error) => {
    throw withAdvice(error, options);
  });
  onListening?.(server);
  const stopWatching = observer.watch(() => server.sockets(), terminal, flags);
  const { endpoints } = server;
  const listening = {
    event: "listening",
    endpoints: endpoints.map(greeting.show ?? formatEndpoint),
    pid: process.pid,
  };
  const occasion = {
    showsNext: kind === "lab" && isInSocketlab(folder),
    signedByUs,
    hasPage: page !== undefined,
  };
  print(terminal, observer.json ? JSON.stringify(listening) : welcome(greeting, endpoints, occasion));

  const failure = await Promise.race([stopped(terminal.signal), server.closed]);
  await server.close("the server is stopping");
  stopWatching();
  observer.finish();
  if (failure !== undefined) throw failure;
  return ExitCode.done;
}

/** Where the build of the app's page lies; undefined as long as it has not been built. */
function builtPage(folder: URL): string | undefined {
  const page = fileURLToPath(new URL("dist", folder));
  return existsSync(`${page}/index.html`) ? page : undefined;
}

/** A copy has a name of its own. */
function isInSocketlab(folder: URL): boolean {
  const manifest = readFileSync(new URL("package.json", folder), "utf8");
  return (JSON.parse(manifest) as { name: string }).name.startsWith("@socketlab/");
}

/** A busy port is the one thing that happens to everybody: say how to choose others. */
function withAdvice(error: Error, { name, greeting }: { name: string; greeting: Greeting }): Error {
  if (!(error instanceof UsageError) || error.code !== "address-in-use") return error;
  const { otherDoors = `${name} server --listen tcp://127.0.0.1:0 --listen ws://127.0.0.1:0` } = greeting;
  return new UsageError(error.code, `${error.message}\nOther doors: ${otherDoors}`, { cause: error });
}

function stopped(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
