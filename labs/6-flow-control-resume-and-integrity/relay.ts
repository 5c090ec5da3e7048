// Chapter 6: stands between a client and a server, and is a bad network: slow, or one that changes a bit. Knows no protocol.
// node relay.ts PORT tcp://SERVER:PORT [--rate BYTES_PER_SECOND] [--flip N]    N: which byte on its way to the client
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { rate: { type: "string" }, flip: { type: "string" } },
  allowPositionals: true,
});
const [port = "4110", target = "tcp://127.0.0.1:4101"] = positionals;
const { hostname, port: targetPort } = new URL(target);
const rate = Number(values.rate ?? Infinity);
const flipAt = Number(values.flip ?? Infinity);
let down = 0;

async function pass(from: Socket, to: Socket, spoil: (piece: Buffer) => void): Promise<void> {
  try {
    for await (const piece of from as AsyncIterable<Buffer>) {
      spoil(piece);
      if (!to.write(piece)) await new Promise((resolve) => to.once("drain", resolve).once("close", resolve));
      if (rate < Infinity) await delay((piece.length / rate) * 1000);
    }
    to.end();
  } catch {
    to.destroy();
  }
}

createServer((client) => {
  const server = connect(Number(targetPort), hostname);
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const)
    socket.on("error", () => {}).on("close", () => other.destroy());
  void pass(client, server, () => {});
  void pass(server, client, (piece) => {
    const at = flipAt - down;
    down += piece.length;
    if (at < 0 || at >= piece.length) return;
    piece[at]! ^= 1;
    console.log(`byte ${flipAt}: one bit changed`);
  });
}).listen(Number(port), "127.0.0.1", () => console.log(`from port ${port} to ${target}`));
