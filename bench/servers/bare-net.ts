// Peer: TCP echo as the manual of node:net has it, a socket piped into itself.
import net from "node:net";
import { announce } from "./announce.ts";

const server = net.createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.listen(0, "127.0.0.1", () => announce(server.address()));
