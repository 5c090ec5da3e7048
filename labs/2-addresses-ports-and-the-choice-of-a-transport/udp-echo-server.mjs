// One answer to the exercise of chapter 2, with nothing but Node.js: an echo server over UDP.
import { createSocket } from "node:dgram";

const socket = createSocket("udp4");
socket.on("message", (datagram, { address, port }) => socket.send(datagram, port, address));
socket.bind(7100, "127.0.0.1");
