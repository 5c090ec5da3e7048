// The chat command: its help, and which file does what it is asked for. Knows nothing of what they do.
import { enableCompileCache } from "node:module";
import manifest from "../package.json" with { type: "json" };

// Half the time to start and 14 MB less, where the last start has left compiled modules; so the rest is imported after
// this, and this file is JavaScript, or Node.js would load what strips types for it alone.
enableCompileCache();
const { runAsProcess } = await import("@socketlab/core/process");

const help = `chat lab                                                  start the server at its two doors, and see where to go next
chat client tcp://127.0.0.1:4001 --name ann --room lobby  talk
chat server --listen tcp://127.0.0.1:4001                 start the server at doors of your choice
chat token --name ann --secret-file chat.secret           make a token with which ann comes in

Usage: chat COMMAND [flags]    chat COMMAND --help tells more about one of: lab, server, client, token

  --version   the version        --help   this text        --debug   with any command: errors with their stack

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 partly done; 130 interrupted.`;

await runAsProcess({
  name: "chat",
  version: manifest.version,
  help,
  commands: {
    lab: async (args, terminal) => (await import("./server/command.ts")).serverCommand(args, terminal, "lab"),
    server: async (args, terminal) =>
      (await import("./server/command.ts")).serverCommand(args, terminal, "server"),
    client: async (args, terminal) => (await import("./client/command.ts")).clientCommand(args, terminal),
    token: async (args, terminal) => (await import("./server/token-command.ts")).tokenCommand(args, terminal),
  },
});
