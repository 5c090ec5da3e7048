// Chapter 4: joins a room and reads nothing for a while; when it has been cut off, comes back for what it missed.
// node slow-reader.ts URL ROOM SECONDS
import { setTimeout as delay } from "node:timers/promises";
import { connect, type MessageSocket } from "@socketlab/core";
import { chat, type FromClient, type FromServer } from "../../apps/chat/src/protocol.ts";

const [url = "tcp://127.0.0.1:4001", room = "lobby", seconds = "5"] = process.argv.slice(2);
let position = 0;
let count = 0;

/** Reads until the position `until`, or the end. */
async function read(socket: MessageSocket<FromServer, FromClient>, until: number): Promise<void> {
  while (position < until) {
    const message = await socket.receive();
    if (message === undefined) break;
    if (message.type !== "said") continue;
    if (message.seq <= position) throw new Error(`position ${message.seq} came twice`);
    position = message.seq;
    count++;
  }
}

/** @returns the position of the room's last message. */
async function join(socket: MessageSocket<FromServer, FromClient>, after?: number): Promise<number> {
  await socket.send({ type: "hello", name: "slow" });
  await socket.send({ type: "join", room, ...(after !== undefined && { after }) });
  for (;;) {
    const message = await socket.receive();
    if (message?.type === "joined") return message.seq;
    if (message === undefined || message.type === "refused") throw new Error(message?.detail ?? "no answer");
  }
}

{
  await using socket = await connect(chat, url, { receiveBufferBytes: 64 * 1024 });
  position = await join(socket);
  console.log(`in the room ${room}, and now I read nothing for ${seconds} seconds`);
  await delay(Number(seconds) * 1000);
  await read(socket, Infinity).catch((error: Error) => console.log(error.message));
  console.log(`awake: ${count} messages had got as far as me`);
}

await using socket = await connect(chat, url);
const last = await join(socket, position);
await read(socket, last);
console.log(`back again, and up to date: ${count} messages, each once`);
