// Peer: the echo of bare-net.ts over TLS.
import tls from "node:tls";
import { announce } from "./announce.ts";
import { makeCertificate } from "./certificate.ts";

const server = tls.createServer(await makeCertificate(), (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.listen(0, "127.0.0.1", () => announce(server.address()));
