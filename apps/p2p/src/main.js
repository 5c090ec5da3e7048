// The p2p command: its help, and which file does what it is asked for. Knows nothing of what they do.
import { enableCompileCache } from "node:module";
import manifest from "../package.json" with { type: "json" };

// Half the time to start where the last start has left compiled modules; so the rest is imported after this, and this file
// is JavaScript, or Node.js would load what strips types for it alone. Nothing is awaited: what is built of it is CommonJS.
enableCompileCache();
const core = import("@socketlab/core/process");

const help = `p2p lab                                       a tracker, a seed and two peers, and a page that draws them
p2p share holiday.mp4                         make its torrent, print a magnet link, and give it to who asks
p2p get holiday.mp4.torrent --to downloads    fetch it from everybody who has some of it
p2p get "magnet:?xt=urn:btih:…" --to downloads    the same, from its link alone
p2p create photos                             make photos.torrent, and a magnet link
p2p inspect photos.torrent                    see what a torrent or a magnet link says
p2p verify photos.torrent downloads           see what of it is in a folder, and whether it is as it should be
p2p tracker                                   tell peers of one another, over HTTP and UDP
p2p scrape photos.torrent                     ask its trackers how many have it
p2p simulate --peers 100                      see how long a file takes to reach 100 peers, without a network

Usage: p2p COMMAND [flags]    p2p COMMAND --help tells more about one of: lab, share, get,
create, inspect, verify, tracker, scrape, simulate

  --version   the version        --help   this text        --debug   with any command: errors with their stack

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

void core.then(({ runAsProcess }) =>
  runAsProcess({
    name: "p2p",
    version: manifest.version,
    help,
    commands: {
      lab: async (args, terminal) =>
        (await import("./lab/command.ts")).labCommand(args, terminal, import.meta.url),
      share: async (args, terminal) => (await import("./commands/share.ts")).shareCommand(args, terminal),
      get: async (args, terminal) => (await import("./commands/get.ts")).getCommand(args, terminal),
      create: async (args, terminal) => (await import("./commands/create.ts")).createCommand(args, terminal),
      inspect: async (args, terminal) =>
        (await import("./commands/inspect.ts")).inspectCommand(args, terminal),
      verify: async (args, terminal) => (await import("./commands/verify.ts")).verifyCommand(args, terminal),
      tracker: async (args, terminal) =>
        (await import("./tracker/server/command.ts")).trackerCommand(args, terminal),
      scrape: async (args, terminal) => (await import("./commands/scrape.ts")).scrapeCommand(args, terminal),
      simulate: async (args, terminal) =>
        (await import("./commands/simulate.ts")).simulateCommand(args, terminal),
    },
  }),
);
