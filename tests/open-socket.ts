// A TCP socket to a server under test, in a stated time. Knows no messages.
import { connect, type Socket } from "node:net";

export function openSocket(url: string, timeoutMs: number): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replaceAll(/^\[|\]$/gu, ""), port: Number(port), noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error(`${url}: no connection in time`)), timeoutMs);
    socket.once("error", reject);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
