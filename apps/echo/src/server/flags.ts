// The server's flags and its help. Reads nothing.
import { admissionFlags, defineServerFlags } from "@socketlab/core/server-kit";
import { labDoors } from "./doors.ts";

export const { serverFlags, serverHelp } = defineServerFlags({
  name: "echo",
  examples: `echo lab                                                    all four doors, and where to go next
echo server --listen tcp://127.0.0.1:7007                   one door
echo server --listen udp://127.0.0.1:7007 --inspect 2       and a look at its conversations every 2 seconds`,
  labDoors,
  transports: "tcp:// tls:// udp:// ws:// wss://",
  groups: {
    Limits: {
      "idle-timeout": {
        value: "TIME",
        help: "end a conversation in which nobody says anything (5m; 0: never)",
      },
      ...admissionFlags,
      "udp-rate": { value: "N", help: "datagrams answered per second to one IP address (1000; 0: no limit)" },
    },
  },
});
