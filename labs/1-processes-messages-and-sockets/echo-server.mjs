// One answer to the exercise of chapter 1, with nothing but Node.js: an echo server over TCP.
import { createServer } from "node:net";

createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
}).listen(7100, "127.0.0.1");
