// Chapter 4: what it costs to be sure that something is on disk. node fsync.ts FILE
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";

const COUNT = 200;
const [file = ".socketlab/fsync"] = process.argv.slice(2);
const message = `${"x".repeat(99)}\n`;

/** Writes `COUNT` messages, and after each `every` of them waits until the disk has them. */
function write(every: number): string {
  const descriptor = openSync(file, "w");
  const begunMs = performance.now();
  for (let at = 1; at <= COUNT; at++) {
    writeSync(descriptor, message);
    if (at % every === 0) fsyncSync(descriptor);
  }
  const ms = performance.now() - begunMs;
  closeSync(descriptor);
  return `${Math.round((COUNT / ms) * 1000)} messages per second, ${(ms / COUNT).toFixed(3)} ms each`;
}

console.log(`one fsync for each message: ${write(1)}`);
console.log(`one for 20:                 ${write(20)}`);
console.log(`one for all ${COUNT}:           ${write(COUNT)}`);
rmSync(file);
