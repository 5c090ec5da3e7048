// The file-transfer command: its help, and which file does what it is asked for. Knows nothing of what they do.
import { enableCompileCache } from "node:module";
import manifest from "../package.json" with { type: "json" };

// Half the time to start and 14 MB less, where the last start has left compiled modules; so the rest is imported after
// this, and this file is JavaScript, or Node.js would load what strips types for it alone.
enableCompileCache();
const { runAsProcess } = await import("@socketlab/core/process");

const help = `file-transfer lab                                       serve a folder at two doors, and see where to go next
file-transfer put ./photos tcp://127.0.0.1:4101/inbox    send files and folders
file-transfer get tcp://127.0.0.1:4101/inbox/a.jpg .     fetch them
file-transfer sync ./photos tcp://127.0.0.1:4101/photos  send what differs; the other way round, too
file-transfer list tcp://127.0.0.1:4101/inbox            see what is there
file-transfer client tcp://127.0.0.1:4101                a prompt with ls, cd, get, put and more
file-transfer server --folder ./files --listen tcp://127.0.0.1:4101
file-transfer token --name ada --secret-file files.secret --read inbox --write inbox/ada

Usage: file-transfer COMMAND [flags]    file-transfer COMMAND --help tells more about one of: lab, server, put, get,
sync, list, stat, remove, client, token

  --version   the version        --help   this text        --debug   with any command: errors with their stack

Interrupted in any way, the same command goes on where it was.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 some of it is done; 130 interrupted.`;

/** @param {"lab" | "server"} kind */
const server =
  (kind) =>
  /** @type {import("@socketlab/core/terminal").Program["commands"][string]} */
  async (args, terminal) =>
    (await import("./server/command.ts")).serverCommand(args, terminal, kind);

await runAsProcess({
  name: "file-transfer",
  version: manifest.version,
  help,
  commands: {
    lab: server("lab"),
    server: server("server"),
    put: async (args, terminal) => (await import("./client/put.ts")).putCommand(args, terminal),
    get: async (args, terminal) => (await import("./client/get.ts")).getCommand(args, terminal),
    sync: async (args, terminal) => (await import("./client/sync.ts")).syncCommand(args, terminal),
    list: async (args, terminal) => (await import("./client/list.ts")).listCommand(args, terminal),
    stat: async (args, terminal) => (await import("./client/list.ts")).statCommand(args, terminal),
    remove: async (args, terminal) => (await import("./client/list.ts")).removeCommand(args, terminal),
    client: async (args, terminal) =>
      (await import("./client/prompt/prompt.ts")).clientCommand(args, terminal),
    token: async (args, terminal) => (await import("./server/token-command.ts")).tokenCommand(args, terminal),
  },
});
