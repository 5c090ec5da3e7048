// Chapter 6, the exercise: fetches a file, comes back when the conversation breaks, and asks for nothing twice that is good.
// node fetch.mjs HOST PORT PATH FILE
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const [host, port, path, file] = process.argv.slice(2);
const CHUNK = 512 * 1024;
const MOST_WANTED = 4;
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
/** What has arrived and is good, by its number; it outlives the conversation. */
const chunks = new Map();
let count = Infinity;

function say(socket, number, body) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + body.length);
  head[4] = number;
  socket.write(Buffer.concat([head, body]));
}

function numbers(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}

/** @returns whether the file is complete. */
async function converse(socket) {
  /** Asked for in this conversation, and not here yet. */
  const wanted = new Set();
  const ask = () => {
    for (let index = 0; index < count && wanted.size < MOST_WANTED; index++) {
      if (chunks.has(index) || wanted.has(index)) continue;
      wanted.add(index);
      say(socket, 16, numbers(1, index, 1));
    }
    if (chunks.size === count) say(socket, 19, numbers(1));
  };
  const hear = (number, body) => {
    if (number === 6) {
      count = Math.ceil(JSON.parse(body).entry.size / CHUNK);
      ask();
    } else if (number === 17) {
      const [index, hash, data] = [body.readUInt32BE(4), body.subarray(8, 40), body.subarray(40)];
      wanted.delete(index);
      if (sha256(data).equals(hash)) chunks.set(index, Buffer.from(data));
      ask();
    } else if (number === 20) {
      const hashes = Array.from({ length: count }, (_, index) => sha256(chunks.get(index)));
      return JSON.parse(body).hash === sha256(Buffer.concat(hashes)).toString("hex");
    } else if (number === 8) throw new Error(JSON.parse(body).detail);
    return false;
  };
  say(socket, 1, Buffer.from("{}"));
  say(socket, 6, Buffer.from(JSON.stringify({ id: 1, path, algorithm: "sha256" })));
  let received = Buffer.alloc(0);
  for await (const piece of socket) {
    received = Buffer.concat([received, piece]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
      const end = 4 + received.readUInt32BE(0);
      if (hear(received[4], received.subarray(5, end))) {
        socket.end(Buffer.concat([Buffer.from([0, 0, 0, 5, 21]), numbers(1)]));
        return true;
      }
      received = received.subarray(end);
    }
  }
  return false;
}

for (;;) {
  const socket = connect(Number(port), host);
  // A conversation that breaks is one that has ended: we come back.
  const isComplete = await converse(socket).catch((error) => {
    if (error.code === undefined) throw error;
    return false;
  });
  if (isComplete) break;
  await delay(200);
}
writeFileSync(file, Buffer.concat(Array.from({ length: count }, (_, index) => chunks.get(index))));
