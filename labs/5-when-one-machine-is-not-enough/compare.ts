// Chapter 5: reads a room's history at several servers, and says whether they tell the same. node compare.ts ROOM URL…
import { connect } from "@socketlab/core";
import { chat } from "../../apps/chat/src/protocol.ts";

const [room = "lobby", ...urls] = process.argv.slice(2);

/** Everything that was said in the room, a line each. */
async function history(url: string): Promise<string[]> {
  await using socket = await connect(chat, url);
  await socket.send({ type: "hello", name: `reader ${url.replaceAll(/\D+/g, " ").trim()}` });
  await socket.send({ type: "join", room, after: 0 });
  const lines: string[] = [];
  let position = 0;
  let last = Infinity;
  while (position < last) {
    const message = await socket.receive();
    if (message === undefined || message.type === "refused") throw new Error(message?.detail ?? "the end");
    if (message.type === "joined") last = message.seq;
    if (message.type !== "said") continue;
    position = message.seq;
    lines.push(`${message.seq} ${message.from}: ${message.text}`);
  }
  return lines;
}

const histories = await Promise.all(urls.map(history));
for (const [at, lines] of histories.entries()) {
  const repeated = lines.length - new Set(lines.map((line) => line.replace(/^\d+ /, ""))).size;
  console.log(`${urls[at]}: ${lines.length} messages, ${repeated} of them twice`);
}
const isSame = histories.every((lines) => lines.join("\n") === histories[0]!.join("\n"));
console.log(isSame ? "the same, in the same order" : "they differ");
process.exitCode = isSame ? 0 : 1;
