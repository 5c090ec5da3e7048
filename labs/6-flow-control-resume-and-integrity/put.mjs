// Sends a small file as anybody could from the table of messages: plain Node.js, nothing of ours. Arguments: host, port.
import { createHash } from "node:crypto";
import { connect } from "node:net";

const [host = "127.0.0.1", port = "4101"] = process.argv.slice(2);
const socket = connect(Number(port), host);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const u32 = (value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);

/** A message: its length, its number, its body. Printed as hexadecimal digits. */
function say(name, number, ...body) {
  const message = Buffer.concat([Buffer.from([number]), ...body]);
  const bytes = Buffer.concat([u32(message.length), message]);
  console.log(`${name} ─▶\n${bytes.toString("hex").replaceAll(/.{64}/g, "$&\n")}`);
  socket.write(bytes);
}

const data = Buffer.from("hello, world\n");
const file = { id: 1, path: "by-hand.txt", size: data.length, mtimeMs: 1700000000000, mode: 0o644 };

say("hello", 1, Buffer.from("{}"));
say("put", 7, Buffer.from(JSON.stringify({ ...file, algorithm: "sha256", upload: "mine" })));

let received = Buffer.alloc(0);
socket.on("data", (piece) => {
  received = Buffer.concat([received, piece]);
  for (;;) {
    const size = received.length < 4 ? Infinity : 4 + received.readUInt32BE(0);
    if (received.length < size) return;
    const [number, body] = [received[4], received.subarray(5, size)];
    received = received.subarray(size);
    // Those from 16 on are no JSON, except 20 and 22.
    console.log(`◀─ ${number} ${number < 16 ? body.toString() : body.toString("hex")}`);
    // The file has one chunk: transfer, index, hash, data.
    if (number === 16) say("chunk", 17, u32(1), u32(0), sha256(data), data);
    if (number === 21 || number === 8) socket.end();
  }
});
