// The guessing game's server: thinks of a number and says which way it lies. node server.ts URL NUMBER
import { formatEndpoint, listen, type MessageSocket } from "@socketlab/core";
import { game, type FromClient, type FromServer } from "./protocol.ts";

const [url = "tcp://127.0.0.1:7030", secret = "42"] = process.argv.slice(2);

async function play(socket: MessageSocket<FromClient, FromServer>, number: number): Promise<void> {
  for await (const guess of socket) {
    const verdict = guess.number < number ? "higher" : guess.number > number ? "lower" : "right";
    await socket.send({ type: "answer", verdict });
    if (verdict === "right") return socket.close();
  }
}

const listener = await listen(game, url);
console.log(`thinking of a number at ${formatEndpoint(listener.endpoint)}`);
for await (const socket of listener) {
  play(socket, Number(secret)).catch((error: Error) =>
    console.log(`conversation ${socket.id}: ${error.message}`),
  );
}
