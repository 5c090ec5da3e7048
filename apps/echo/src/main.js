// The echo command: its help, and which file does what it is asked for. Knows nothing of what they do.
import { enableCompileCache } from "node:module";
import manifest from "../package.json" with { type: "json" };

// Half the time to start and 14 MB less, where the last start has left compiled modules; so the rest is imported after
// this, and this file is JavaScript, or Node.js would load what strips types for it alone.
enableCompileCache();
const { runAsProcess } = await import("@socketlab/core/process");

const help = `echo lab                                      start the server at its four doors, and see where to go next
echo client tcp://127.0.0.1:7007 hello        say hello, print what comes back
echo server --listen tcp://127.0.0.1:7007     start the server at doors of your choice

Usage: echo COMMAND [flags]    echo COMMAND --help tells more about one of: lab, server, client

  --version   the version        --help   this text        --debug   with any command: errors with their stack

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 partly done; 130 interrupted.`;

await runAsProcess({
  name: "echo",
  version: manifest.version,
  help,
  commands: {
    lab: async (args, terminal) => (await import("./server/command.ts")).serverCommand(args, terminal, "lab"),
    server: async (args, terminal) =>
      (await import("./server/command.ts")).serverCommand(args, terminal, "server"),
    client: async (args, terminal) => (await import("./client/command.ts")).clientCommand(args, terminal),
  },
});
