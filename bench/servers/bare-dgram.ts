// Peer: UDP echo with node:dgram, every datagram back to where it came from.
import dgram from "node:dgram";
import { announce } from "./announce.ts";

const socket = dgram.createSocket("udp4");
socket.on("message", (message, sender) => socket.send(message, sender.port, sender.address));
socket.bind(0, "127.0.0.1", () => announce(socket.address()));
