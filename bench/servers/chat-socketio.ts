// Peer: a chat room with socket.io over WebSocket only; what is said is emitted to the room.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { announce } from "./announce.ts";

const http = createServer();
// Its ping comes after every measurement: the load generator answers none.
const server = new Server(http, { transports: ["websocket"], serveClient: false, pingInterval: 600_000 });
server.on("connection", (socket) => {
  socket.on("join", async (room: string) => {
    await socket.join(room);
    socket.emit("joined", room);
  });
  socket.on("say", (message: { room: string; id: string; text: string }) => {
    server.to(message.room).emit("said", message);
  });
});
http.listen(0, "127.0.0.1", () => announce(http.address()));
