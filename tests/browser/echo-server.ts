// An echo server with a page, as a process of its own that a test can kill: `node echo-server.ts FOLDER PORT`; prints its port.
import { defineProtocol, raw } from "@socketlab/core";
import { createLog, serve } from "@socketlab/core/server-kit";

const [page, port = "0"] = process.argv.slice(2);
const echo = defineProtocol({ name: "echo", version: 1, framing: raw({ maxBytes: 1024 * 1024 }) });
const server = await serve(
  echo,
  [`ws://127.0.0.1:${port}`],
  async (socket) => {
    for await (const message of socket) await socket.send(message);
  },
  { name: "echo", page, log: createLog({ level: "silent" }) },
);
console.log(server.endpoints[0]!.port);
