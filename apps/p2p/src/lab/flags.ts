// The lab's flags and its help. Reads nothing.
import { admissionFlags, defineServerFlags } from "@socketlab/core/server-kit";

export const labDoors: readonly string[] = ["ws://127.0.0.1:4202"];

export const { serverFlags, serverHelp } = defineServerFlags({
  name: "p2p",
  examples: `p2p lab                                           a tracker, a seed and two peers, and a page that draws them
p2p lab --size 64M --seed-limit 2M --peer-limit 1M      more, and faster
p2p get FILE.torrent --observe ws://127.0.0.1:4202      (in another terminal) one more peer on the page`,
  labDoors,
  transports: "ws:// wss://",
  groups: {
    Swarm: {
      folder: {
        value: "DIR",
        help: "where its files are; what its peers have fetched is thrown away (.socketlab/p2p-lab)",
      },
      size: { value: "BYTES", help: "of the file that is shared (8M)" },
      "seed-limit": { value: "RATE", help: "what the seed sends at most, in bytes a second (192k)" },
      "peer-limit": { value: "RATE", help: "what each of the others sends at most (96k)" },
      "tracker-port": {
        value: "PORT",
        help: "at 127.0.0.1; 0: any free one (6969, or the next that is free)",
      },
      "peer-port": {
        value: "PORT",
        help: "of the seed, at 127.0.1.1, and the others, at .2 and .3; 0: any free one (6881, or the next)",
      },
    },
    Limits: admissionFlags,
  },
});

export type LabFlag = keyof typeof serverFlags;
