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
  observeFlags,
  transportFlags,
  type FlagTable,
  type ObserveFlag,
  type TransportFlag,
} from "@socketlab/core/terminal";
import { labDoors } from "./doors.ts";

type StoreFlag = "store";
type WelcomeFlag = "secret-file" | "token-needed" | "members-only";
type LimitFlag = "rate" | AdmissionFlag;
export type ServerFlag =
  DoorFlag | StoreFlag | WelcomeFlag | LimitFlag | ObserveFlag | TransportFlag | LogFlag | "help";

const doors = doorFlags("tcp:// tls:// ws:// wss://");

const stores: FlagTable<StoreFlag> = {
  store: {
    value: "WHERE",
    help: "what keeps the messages: a file, memory, or nats://HOST:4222 (.socketlab/chat.db)",
  },
};

const welcomes: FlagTable<WelcomeFlag> = {
  "secret-file": { value: "FILE", help: "the secret that signs tokens, at least 32 bytes" },
  "token-needed": { help: "nobody is welcome without a token" },
  "members-only": { value: "ROOM", multiple: true, help: "a room that nobody joins without a token" },
};

const limits: FlagTable<LimitFlag> = {
  rate: { value: "N", help: "messages per second from one client, twice as many at once (10; 0: no limit)" },
  ...admissionFlags,
};

export const serverFlags: FlagTable<ServerFlag> = {
  ...doors,
  ...stores,
  ...welcomes,
  ...limits,
  ...observeFlags,
  ...logFlags,
  ...transportFlags,
  help: { short: "h", help: "this text" },
};

export function serverHelp(kind: "lab" | "server"): string {
  return `chat lab                                          both doors, and where to go next
chat server --listen tcp://0.0.0.0:4001           one door, open to the network
chat server --store nats://127.0.0.1:4222         one of many servers alike

Usage: chat ${kind} [flags]    without --listen: ${labDoors.join(" ")}

Doors:
${describeFlags(doors)}

Messages:
${describeFlags(stores)}

Who is welcome:
${describeFlags(welcomes)}

Limits:
${describeFlags(limits)}

Seeing:
${describeFlags({ ...observeFlags, ...logFlags })}

Transport:
${describeFlags(transportFlags)}

TIME is 2 (seconds), 250ms, 5m; BYTES is 1500, 64k, 1M. Ctrl-C (or SIGTERM) closes every conversation and ends.
Exit codes: 0 done (Ctrl-C too); 1 failed; 2 wrong usage.`;
}
