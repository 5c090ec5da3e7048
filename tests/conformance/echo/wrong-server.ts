// Echo servers that are wrong on purpose, each in one way: the checks must catch each. Its argument is the way.
import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";

const ways: Record<string, (socket: Socket) => void> = {
  "adds-a-byte": (socket) =>
    socket.on("data", (chunk) => socket.write(Buffer.concat([chunk, Buffer.from("!")]))),
  "drops-the-last": (socket) => socket.on("data", (chunk) => socket.write(chunk.subarray(0, -1))),
  "closes-early": (socket) => socket.once("data", (chunk) => socket.end(chunk)),
  "upper-cases": (socket) =>
    socket.on("data", (chunk) => socket.write(chunk.toString("latin1").toUpperCase(), "latin1")),
  "waits-for-a-newline": (socket) => {
    let held = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      held += text;
      const end = held.lastIndexOf("\n") + 1;
      socket.write(held.slice(0, end), "latin1");
      held = held.slice(end);
    });
  },
  "one-at-a-time": (socket) => {
    queue.push(socket);
    serveNext();
  },
  "never-ends": (socket) => socket.pipe(socket, { end: false }),
  "mixes-clients": (socket) => {
    others.add(socket);
    socket.on("data", (chunk) => {
      for (const other of others) other.write(chunk);
    });
    socket.on("close", () => others.delete(socket));
  },
};

const queue: Socket[] = [];
const others = new Set<Socket>();
let busy = false;

function serveNext(): void {
  const socket = busy ? undefined : queue.shift();
  if (socket === undefined) return;
  busy = true;
  socket.pipe(socket);
  socket.on("close", () => {
    busy = false;
    serveNext();
  });
}

const way = process.argv[2] ?? "";
if (way.startsWith("udp-")) {
  const socket = createSocket("udp4");
  socket.on("message", (datagram, { address, port }) => {
    if (way === "udp-twice") for (let i = 0; i < 2; i++) socket.send(datagram, port, address);
    if (way === "udp-cuts") socket.send(datagram.subarray(0, 512), port, address);
  });
  socket.bind(0, "127.0.0.1", () => console.log(`udp://127.0.0.1:${socket.address().port}`));
} else {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    ways[way]!(socket);
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as { port: number }).port));
}
