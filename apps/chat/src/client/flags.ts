// The client's flags and its help. Reads nothing.
import {
  describeFlags,
  handshakeFlags,
  observeFlags,
  transportFlags,
  type FlagTable,
  type HandshakeFlag,
  type ObserveFlag,
  type TransportFlag,
} from "@socketlab/core/terminal";

type TalkFlag = "name" | "room" | "token-file" | "key-file" | "history";
type PipeFlag = "plain" | "follow" | "timeout";
export type ClientFlag = TalkFlag | PipeFlag | HandshakeFlag | ObserveFlag | TransportFlag | "help";

const talk: FlagTable<TalkFlag> = {
  name: { value: "NAME", help: "who you are (the name of the user who runs this)" },
  room: { value: "ROOM", multiple: true, help: "a room to join; the first one is talked in (lobby)" },
  "token-file": { value: "FILE", help: "the token that proves it (chat token makes one)" },
  "key-file": {
    value: "FILE",
    help: "your secret, made if it is not there: with it you may take your name over from another client",
  },
  history: { value: "N", help: "messages of each room to show first, 0 to 50 (50; in a pipe: 0)" },
};

const pipe: FlagTable<PipeFlag> = {
  plain: { help: "lines instead of the full screen, in a terminal, too" },
  follow: { help: "go on listening when the input has ended, until Ctrl-C" },
  timeout: {
    value: "TIME",
    help: "after the end of the input: how long to wait for the server to store the next (10s)",
  },
};

export const clientFlags: FlagTable<ClientFlag> = {
  ...talk,
  ...pipe,
  ...handshakeFlags,
  ...observeFlags,
  ...transportFlags,
  help: { short: "h", help: "this text" },
};

export const clientHelp: string = `chat client tcp://127.0.0.1:4001 --name ann --room lobby     talk, full screen; /help there tells more
echo hello | chat client tcp://127.0.0.1:4001 --name bob     say it, and end when it is stored
chat client ws://127.0.0.1:4002/ --name eve --follow </dev/null     only listen

Usage: chat client URL --name NAME [flags]    URL: tcp:// tls:// ws:// wss://, host and port

${describeFlags(talk)}

In a pipe (standard input is no terminal, or --json, or --plain) each line is said in the first room, and what others say
is printed:
${describeFlags(pipe)}

The handshake:
${describeFlags(handshakeFlags)}

Seeing:
${describeFlags(observeFlags)}

Transport:
${describeFlags(transportFlags)}

A lost connection is made again by itself; what was said meanwhile is said then, once.
TIME is 2 (seconds), 250ms, 5m; BYTES is 1500, 64k, 1M. What others say goes to standard output, all else to standard
error.
Exit codes: 0 done, and everything is stored; 1 failed, nothing is stored; 2 wrong usage; 3 some of it is stored, some
not; 130 interrupted.`;
