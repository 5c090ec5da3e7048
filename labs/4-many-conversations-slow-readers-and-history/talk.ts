// Chapter 4: says many messages, with so many on their way at a time, and measures. node talk.ts URL ROOM COUNT [IN_FLIGHT] [BYTES]
import { connect } from "@socketlab/core";
import { chat } from "../../apps/chat/src/protocol.ts";

const [url = "tcp://127.0.0.1:4001", room = "lobby", count = "1000", inFlight = "1", bytes = "100"] =
  process.argv.slice(2);
await using socket = await connect(chat, url);

// An id is this client's alone: made anew, so that the same call says something new.
const run = Date.now().toString(36);
const text = "x".repeat(Number(bytes));
let said = 0;
async function sayNext(): Promise<void> {
  if (said < Number(count)) await socket.send({ type: "say", room, id: `${run}-${++said}`, text });
}

await socket.send({ type: "hello", name: `talker ${run}` });
await socket.send({ type: "join", room });
let stored = 0;
let begunMs = 0;
for await (const message of socket) {
  if (message.type === "refused") throw new Error(message.detail);
  if (message.type === "joined") {
    begunMs = performance.now();
    for (let each = 0; each < Number(inFlight); each++) await sayNext();
  }
  if (message.type !== "stored") continue;
  if (++stored === Number(count)) break;
  await sayNext();
}
const seconds = (performance.now() - begunMs) / 1000;
console.log(`${stored} messages stored: ${Math.round(stored / seconds)} per second`);
