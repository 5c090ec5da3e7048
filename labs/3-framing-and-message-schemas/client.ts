// The guessing game's client: halves what is left until it is right. node client.ts URL
import { connect } from "@socketlab/core";
import { game } from "./protocol.ts";

const [url = "tcp://127.0.0.1:7030"] = process.argv.slice(2);
await using socket = await connect(game, url);

let [low, high] = [1, 100];
const next = (): number => Math.floor((low + high) / 2);

await socket.send({ type: "guess", number: next() });
for await (const message of socket) {
  if (message.type === "refused") throw new Error(message.message);
  console.log(`${next()}? ${message.verdict}`);
  if (message.verdict === "right") break;
  if (message.verdict === "higher") low = next() + 1;
  else high = next() - 1;
  await socket.send({ type: "guess", number: next() });
}
