// Peer: echo with socket.io over WebSocket only; a text goes in and the same text comes back as an event.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { announce } from "./announce.ts";

const http = createServer();
// Its ping would arrive between the replies that the load generator compares, so it comes after every measurement.
const server = new Server(http, { transports: ["websocket"], serveClient: false, pingInterval: 600_000 });
server.on("connection", (socket) => {
  socket.on("echo", (text: string) => socket.emit("echo", text));
});
http.listen(0, "127.0.0.1", () => announce(http.address()));
