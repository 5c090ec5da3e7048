// The tracker's flags and its help. Reads nothing.
import { admissionFlags, defineServerFlags } from "@socketlab/core/server-kit";
import { trackerDoors } from "./doors.ts";
import { swarmLimits } from "./swarms.ts";

export const { serverFlags, serverHelp } = defineServerFlags({
  name: "p2p",
  examples: `p2p tracker                                                          over HTTP and UDP, at 127.0.0.1:6969
p2p tracker --listen http://0.0.0.0:6969 --listen udp://0.0.0.0:6969  open to the network
p2p tracker --state tracker.state                                     knows its peers again after a restart
p2p tracker --store nats://127.0.0.1:4222                             one of many trackers alike`,
  labDoors: trackerDoors,
  transports: "http:// https:// udp://",
  groups: {
    Swarms: {
      interval: { value: "TIME", help: "how often peers are to announce themselves (30m)" },
      state: { value: "FILE", help: "a snapshot of the swarms, every minute and at the end (none)" },
      store: { value: "URL", help: "the swarms are kept in NATS, for many trackers: nats://HOST:4222" },
    },
    Limits: {
      "max-peers": { value: "N", help: `peers in all swarms together (${swarmLimits.maxPeers})` },
      "max-torrents": { value: "N", help: `swarms (${swarmLimits.maxSwarms})` },
      "peers-per-address": {
        value: "N",
        help: `peers of one swarm at one IP address (${swarmLimits.maxPerAddressAndSwarm})`,
      },
      ...admissionFlags,
    },
  },
});

export type ServerFlag = keyof typeof serverFlags;
