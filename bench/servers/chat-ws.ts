// Peer: a chat room with ws: each message parsed and stringified once, and one send per client. JSON in text frames.
import { WebSocketServer, type WebSocket } from "ws";
import { announce } from "./announce.ts";

interface Message {
  type: string;
  room: string;
  id: string;
  text: string;
}

const rooms = new Map<string, Set<WebSocket>>();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  const joined = new Set<Set<WebSocket>>();
  socket.on("close", () => joined.forEach((room) => room.delete(socket)));
  socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message;
    if (message.type === "join") {
      const room = rooms.get(message.room) ?? new Set();
      rooms.set(message.room, room.add(socket));
      joined.add(room);
      socket.send(JSON.stringify({ type: "joined", room: message.room }));
    } else if (message.type === "say") {
      const said = JSON.stringify({ type: "said", room: message.room, id: message.id, text: message.text });
      for (const member of rooms.get(message.room) ?? []) member.send(said);
    }
  });
});
server.on("listening", () => announce(server.address()));
