// The server's flags and its help. Reads nothing.
import {
  admissionFlags,
  doorFlags,
  logFlags,
  type AdmissionFlag,
  type DoorFlag,
  type LogFlag,
} from "@socketlab/core/server-kit";
import {
  describeFlags,
  type FlagTable,
  type ObserveFlag,
  observeFlags,
  type TransportFlag,
  transportFlags,
} from "@socketlab/core/terminal";
import { labDoors } from "./doors.ts";

type LimitFlag = "idle-timeout" | AdmissionFlag | "udp-rate";
export type ServerFlag = DoorFlag | LimitFlag | ObserveFlag | TransportFlag | LogFlag | "help";

const doors = doorFlags("tcp:// tls:// udp:// ws:// wss://");

const limits: FlagTable<LimitFlag> = {
  "idle-timeout": { value: "TIME", help: "end a conversation in which nobody says anything (5m; 0: never)" },
  ...admissionFlags,
  "udp-rate": { value: "N", help: "datagrams answered per second to one IP address (1000; 0: no limit)" },
};

export const serverFlags: FlagTable<ServerFlag> = {
  ...doors,
  ...limits,
  ...observeFlags,
  ...logFlags,
  ...transportFlags,
  help: { short: "h", help: "this text" },
};

export function serverHelp(kind: "lab" | "server"): string {
  return `echo lab                                                    all four doors, and where to go next
echo server --listen tcp://127.0.0.1:7007                   one door
echo server --listen udp://127.0.0.1:7007 --inspect 2       and a look at its conversations every 2 seconds

Usage: echo ${kind} [flags]    without --listen: ${labDoors.join(" ")}

Doors:
${describeFlags(doors)}

Limits:
${describeFlags(limits)}

Seeing:
${describeFlags({ ...observeFlags, ...logFlags })}

Transport:
${describeFlags(transportFlags)}

TIME is 2 (seconds), 250ms, 5m; BYTES is 1500, 64k, 1M. Ctrl-C (or SIGTERM) closes every conversation and ends.
Exit codes: 0 done (Ctrl-C too); 1 failed; 2 wrong usage.`;
}
