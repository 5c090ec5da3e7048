// The client's flags and its help. Reads nothing.
import {
  describeFlags,
  type FlagTable,
  type HandshakeFlag,
  handshakeFlags,
  type ObserveFlag,
  observeFlags,
  type TransportFlag,
  transportFlags,
} from "@socketlab/core/terminal";

type ModeFlag =
  "oneshot" | "binary" | "count" | "interval" | "size" | "timeout" | "flood" | "seconds" | "window";
type PathFlag = "lossy" | "seed" | HandshakeFlag;
export type ClientFlag = ModeFlag | PathFlag | ObserveFlag | TransportFlag | "help";

const modes: FlagTable<ModeFlag> = {
  oneshot: { help: "send the first line of standard input (with --binary: all of it), print the reply, end" },
  binary: {
    help: "bytes instead of text: binary messages over WebSocket, pieces instead of lines in a pipe",
  },
  count: { value: "N", help: "as ping: send N numbered messages (0: until Ctrl-C) and tell what came back" },
  interval: { value: "TIME", help: "between these messages (200ms)" },
  size: { value: "BYTES", help: "of these messages, and of --flood's (64)" },
  timeout: { value: "TIME", help: "how long to wait for a reply (2s)" },
  flood: { help: "measure throughput: keep a window of messages on their way" },
  seconds: { value: "TIME", help: "how long to flood (5)" },
  window: { value: "N", help: "messages on their way while flooding (64)" },
};

const path: FlagTable<PathFlag> = {
  lossy: {
    value: "SHARE",
    help: "put a relay between: loses (5%), doubles, reorders datagrams; cuts and delays streams",
  },
  seed: { value: "N", help: "of the relay's chance: the same seed, the same losses (1)" },
  ...handshakeFlags,
};

export const clientFlags: FlagTable<ClientFlag> = {
  ...modes,
  ...path,
  ...observeFlags,
  ...transportFlags,
  help: { short: "h", help: "this text" },
};

export const clientHelp: string = `echo client tcp://127.0.0.1:7007 hello          say hello, print what comes back
echo client udp://127.0.0.1:7007 --count 10     as ping does: times, and what was lost
echo client ws://127.0.0.1:7010/                type lines; in a pipe: everything there and back

Usage: echo client URL [TEXT] [flags]    URL: tcp:// tls:// udp:// ws:// wss://, host and port

${describeFlags(modes)}

The path and the handshake:
${describeFlags(path)}

Seeing:
${describeFlags(observeFlags)}

Transport:
${describeFlags(transportFlags)}

TIME is 2 (seconds), 250ms, 5m; BYTES is 1500, 64k, 1M. What was asked for goes to standard output, all else to
standard error.
Exit codes: 0 done; 1 failed, or a message of --count was lost; 2 wrong usage; 3 partly done (some datagrams of a pipe
or a flood were lost); 130 interrupted.`;
