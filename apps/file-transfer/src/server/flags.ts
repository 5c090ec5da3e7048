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

type FolderFlag = "folder" | "store" | "read-only" | "keep" | "allow-origin";
type WelcomeFlag = "secret-file";
type LimitFlag = "rate" | "max-file" | "max-total" | "max-files" | "max-transfers" | AdmissionFlag;
export type ServerFlag =
  DoorFlag | FolderFlag | WelcomeFlag | LimitFlag | ObserveFlag | TransportFlag | LogFlag | "help";

const doors = doorFlags("tcp:// tls:// ws:// wss://");

const folder: FlagTable<FolderFlag> = {
  folder: { value: "DIR", help: "the folder that is served (.socketlab/files)" },
  store: { value: "URL", help: "files are kept in NATS instead, for many servers: nats://HOST:4222" },
  "read-only": { help: "nothing is written or removed" },
  "allow-origin": {
    value: "ORIGIN",
    multiple: true,
    help: "whose pages may come, beside our own: https://www.example.org",
  },
  keep: { value: "TIME", help: "how long an interrupted upload may be gone on with (7d)" },
};

const welcomes: FlagTable<WelcomeFlag> = {
  "secret-file": {
    value: "FILE",
    help: "the secret that signs tokens, at least 32 bytes: nobody reads or writes without one",
  },
};

const limits: FlagTable<LimitFlag> = {
  rate: { value: "BYTES", help: "send no more than so many a second, to all together: 500k, 2M (no limit)" },
  "max-file": { value: "BYTES", help: "the largest file (no limit)" },
  "max-total": { value: "BYTES", help: "all files together (no limit)" },
  "max-files": { value: "N", help: "files and folders together (no limit)" },
  "max-transfers": {
    value: "N",
    help: "files on their way at a time: of one conversation, and over HTTP of one IP address (64; at least 32)",
  },
  ...admissionFlags,
};

export const serverFlags: FlagTable<ServerFlag> = {
  ...doors,
  ...folder,
  ...welcomes,
  ...limits,
  ...observeFlags,
  ...logFlags,
  ...transportFlags,
  help: { short: "h", help: "this text" },
};

export function serverHelp(kind: "lab" | "server"): string {
  return `file-transfer lab                                            both doors, and where to go next
file-transfer server --folder ~/share --listen tcp://0.0.0.0:4101   one door, open to the network
file-transfer server --store nats://127.0.0.1:4222                  one of many servers alike

Usage: file-transfer ${kind} [flags]    without --listen: ${labDoors.join(" ")}

Doors:
${describeFlags(doors)}

Files:
${describeFlags(folder)}

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
