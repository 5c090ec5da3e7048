// The server's flags and its help. Reads nothing.
import { admissionFlags, defineServerFlags } from "@socketlab/core/server-kit";
import { labDoors } from "./doors.ts";

export const { serverFlags, serverHelp } = defineServerFlags({
  name: "file-transfer",
  examples: `file-transfer lab                                            both doors, and where to go next
file-transfer server --folder ~/share --listen tcp://0.0.0.0:4101   one door, open to the network
file-transfer server --store nats://127.0.0.1:4222                  one of many servers alike`,
  labDoors,
  transports: "tcp:// tls:// ws:// wss://",
  groups: {
    Files: {
      folder: { value: "DIR", help: "the folder that is served (.socketlab/files)" },
      store: { value: "URL", help: "files are kept in NATS instead, for many servers: nats://HOST:4222" },
      "read-only": { help: "nothing is written or removed" },
      "allow-origin": {
        value: "ORIGIN",
        multiple: true,
        help: "whose pages may come, beside our own: https://www.example.org",
      },
      keep: { value: "TIME", help: "how long an interrupted upload may be gone on with (7d)" },
    },
    "Who is welcome": {
      "secret-file": {
        value: "FILE",
        help: "the secret that signs tokens, at least 32 bytes: nobody reads or writes without one",
      },
    },
    Limits: {
      rate: {
        value: "BYTES",
        help: "send no more than so many a second, to all together: 500k, 2M (no limit)",
      },
      "max-file": { value: "BYTES", help: "the largest file (no limit)" },
      "max-total": { value: "BYTES", help: "all files together (no limit)" },
      "max-files": { value: "N", help: "files and folders together (no limit)" },
      "max-transfers": {
        value: "N",
        help: "files on their way at a time: of one conversation, and over HTTP of one IP address (64; at least 32)",
      },
      ...admissionFlags,
    },
  },
});
