// Clients without manners: plain sockets that send what they are told and say how it ended. Know no protocol.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface RawClient {
  readonly socket: Socket;
  /** What came until the connection was gone. */
  readonly ended: Promise<string>;
  /** What has come so far. */
  readonly received: () => string;
}

export async function rawClient(port: number, { tls = false } = {}): Promise<RawClient> {
  const socket = tls
    ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false })
    : connect({ port, host: "127.0.0.1" });
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => (received += String(chunk)));
  socket.on("error", () => {});
  const ended = new Promise<string>((resolve) => socket.once("close", () => resolve(received)));
  const begun = new Promise<void>((resolve) =>
    socket.once(tls ? "secureConnect" : "connect", () => resolve()),
  );
  await Promise.race([begun, ended]);
  return { socket, ended, received: () => received };
}

export const HANDSHAKE: readonly string[] = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  // The key of the example in RFC 6455 §1.3.
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

export function request(lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A raw connection on which the WebSocket handshake is done. */
export async function rawWebSocket(port: number): Promise<RawClient> {
  const client = await rawClient(port);
  client.socket.write(request(HANDSHAKE));
  while (!client.received().includes("\r\n\r\n")) await once(client.socket, "data");
  return client;
}
