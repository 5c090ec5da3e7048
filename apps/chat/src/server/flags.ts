// The server's flags and its help. Reads nothing.
import { admissionFlags, defineServerFlags } from "@socketlab/core/server-kit";
import { labDoors } from "./doors.ts";

export const { serverFlags, serverHelp } = defineServerFlags({
  name: "chat",
  examples: `chat lab                                          both doors, and where to go next
chat server --listen tcp://0.0.0.0:4001           one door, open to the network
chat server --store nats://127.0.0.1:4222         one of many servers alike`,
  labDoors,
  transports: "tcp:// tls:// ws:// wss://",
  groups: {
    Messages: {
      store: {
        value: "WHERE",
        help: "what keeps the messages: a file, memory, or nats://HOST:4222 (.socketlab/chat.db)",
      },
    },
    "Who is welcome": {
      "secret-file": { value: "FILE", help: "the secret that signs tokens, at least 32 bytes" },
      "token-needed": { help: "nobody is welcome without a token" },
      "members-only": { value: "ROOM", multiple: true, help: "a room that nobody joins without a token" },
    },
    Limits: {
      rate: {
        value: "N",
        help: "messages per second from one client, twice as many at once (10; 0: no limit)",
      },
      ...admissionFlags,
    },
  },
});

export type ServerFlag = keyof typeof serverFlags;
