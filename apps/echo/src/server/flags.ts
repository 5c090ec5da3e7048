// The server's flags and its help. Reads nothing.
import {
  describeFlags,
  type FlagTable,
  type ObserveFlag,
  observeFlags,
  type TransportFlag,
  transportFlags,
} from "@socketlab/core/terminal";
import { labDoors } from "./doors.ts";

type DoorFlag = "listen" | "page" | "tls-cert" | "tls-key";
type LimitFlag = "idle-timeout" | "max-connections" | "max-per-address" | "udp-rate";
export type ServerFlag = DoorFlag | LimitFlag | ObserveFlag | TransportFlag | "log-level" | "help";

const doors: FlagTable<DoorFlag> = {
  listen: {
    value: "URL",
    multiple: true,
    help: "a door to wait at: tcp:// tls:// udp:// ws:// wss://; port 0: any free one",
  },
  page: {
    value: "DIR",
    help: "the page that ws and wss doors serve to browsers (the built one, if there is one)",
  },
  "tls-cert": {
    value: "FILE",
    help: "the certificate of tls and wss doors, PEM (one that we sign ourselves)",
  },
  "tls-key": { value: "FILE", help: "and its private key" },
};

const limits: FlagTable<LimitFlag> = {
  "idle-timeout": { value: "TIME", help: "end a conversation in which nobody says anything (5m; 0: never)" },
  "max-connections": { value: "N", help: "conversations at a time, per door (20000)" },
  "max-per-address": { value: "N", help: "the same, from one IP address (no limit)" },
  "udp-rate": { value: "N", help: "datagrams answered per second to one IP address (1000; 0: no limit)" },
};

const logging: FlagTable<"log-level"> = {
  "log-level": {
    value: "LEVEL",
    help: "silent, error, warn, info, debug (info); the log goes to standard error",
  },
};

export const serverFlags: FlagTable<ServerFlag> = {
  ...doors,
  ...limits,
  ...observeFlags,
  ...logging,
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
${describeFlags({ ...observeFlags, ...logging })}

Transport:
${describeFlags(transportFlags)}

TIME is 2 (seconds), 250ms, 5m; BYTES is 1500, 64k, 1M. Ctrl-C (or SIGTERM) closes every conversation and ends.
Exit codes: 0 done (Ctrl-C too); 1 failed; 2 wrong usage.`;
}
