// Peer: WebSocket echo with ws, no compression, one send per message.
import { WebSocketServer } from "ws";
import { announce } from "./announce.ts";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (data, binary) => socket.send(data, { binary }));
});
server.on("listening", () => announce(server.address()));
