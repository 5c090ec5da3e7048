// A server's flags and its help: what every server has, and between that what its app adds. Reads nothing; knows no app.
import { describeFlags, type FlagTable } from "../terminal/flags.ts";
import { observeFlags, type ObserveFlag } from "../terminal/observe.ts";
import { transportFlags, type TransportFlag } from "../terminal/transport-flags.ts";
import { doorFlags, logFlags, type DoorFlag, type LogFlag } from "./flags.ts";

/** What every server has; `admissionFlags` stand among the limits of its app. */
export type CommonFlag = DoorFlag | ObserveFlag | LogFlag | TransportFlag | "help";

type FlagGroups = Readonly<Record<string, FlagTable>>;
type NameIn<Groups extends FlagGroups> = {
  [Heading in keyof Groups]: keyof Groups[Heading] & string;
}[keyof Groups];

export interface ServerFlagsOptions<Groups extends FlagGroups> {
  /** The app's command. */
  readonly name: string;
  /** Commands that somebody could want, a line each, with what they do. */
  readonly examples: string;
  /** Where it waits when it is not told where to. */
  readonly labDoors: readonly string[];
  /** Those that it speaks, for people: "tcp:// ws://". */
  readonly transports: string;
  /** The app's own flags, each group under its heading. */
  readonly groups: Groups;
}

export interface ServerFlagsAndHelp<Name extends string> {
  /** For `parseFlags`. */
  readonly serverFlags: FlagTable<Name>;
  /** @param kind the word of the command: "server", "lab". */
  readonly serverHelp: (kind: string) => string;
}

export function defineServerFlags<Groups extends FlagGroups>(
  options: ServerFlagsOptions<Groups>,
): ServerFlagsAndHelp<NameIn<Groups> | CommonFlag> {
  const { name, examples, labDoors, transports } = options;
  const groups: FlagGroups = {
    Doors: doorFlags(transports),
    ...options.groups,
    Seeing: { ...observeFlags, ...logFlags },
    Transport: transportFlags,
  };
  const described = Object.entries(groups).map(([heading, flags]) => `${heading}:\n${describeFlags(flags)}`);
  return {
    serverFlags: Object.assign({}, ...Object.values(groups), { help: { short: "h", help: "this text" } }),
    serverHelp: (kind) => `${examples}

Usage: ${name} ${kind} [flags]    without --listen: ${labDoors.join(" ")}

${described.join("\n\n")}

TIME is 2 (seconds), 250ms, 5m; BYTES is 1500, 64k, 1M. Ctrl-C (or SIGTERM) closes every conversation and ends.
Exit codes: 0 done (Ctrl-C too); 1 failed; 2 wrong usage.`,
  };
}
