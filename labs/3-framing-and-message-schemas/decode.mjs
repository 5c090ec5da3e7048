// One answer to the exercise of chapter 3, with nothing but Node.js: length-prefixed messages, printed in hexadecimal.
const MAX_BYTES = 65_536;

let waiting = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  waiting = Buffer.concat([waiting, chunk]);
  while (waiting.length >= 4) {
    const announced = waiting.readUInt32BE(0);
    if (announced > MAX_BYTES) throw new Error(`a message of ${announced} bytes was announced`);
    if (waiting.length < 4 + announced) break;
    if (announced > 0) console.log(waiting.toString("hex", 4, 4 + announced));
    waiting = waiting.subarray(4 + announced);
  }
}
if (waiting.length > 0) throw new Error("the input ended inside a message");
