// Checks a program that fetches a file, in any language: check.ts COMMAND [ARGUMENT…]; it is called with HOST PORT PATH FILE.
// Plays a server that breaks off in the middle of a chunk, and changes a bit of another.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE_MS = 10_000;
const CHUNK = 512 * 1024;
const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error("usage: check.ts COMMAND [ARGUMENT…]");
  process.exit(2);
}

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
const content = randomBytes(7 * CHUNK + 100);
const chunks = Array.from({ length: 8 }, (_, n) => content.subarray(n * CHUNK, (n + 1) * CHUNK));
const folder = mkdtempSync(join(tmpdir(), "check-"));
const file = join(folder, "fetched");

/** What came in each conversation, in its order. */
const talks: { asked: number[]; greeted: boolean; got: boolean; summed: boolean; done: boolean }[] = [];
let mostOnTheirWay = 0;
const spoiled = 5;
let wasSpoiled = false;
let askedAgain: number[] = [];

function say(socket: Socket, number: number, ...body: Uint8Array[]): void {
  const bytes = Buffer.concat([Buffer.alloc(4), Uint8Array.of(number), ...body]);
  bytes.writeUInt32BE(bytes.length - 4);
  socket.write(bytes);
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

const listener = createServer((socket) => {
  const talk = { asked: [] as number[], greeted: false, got: false, summed: false, done: false };
  talks.push(talk);
  const isFirst = talks.length === 1;
  const waiting: number[] = [];
  let isServing = false;
  /** One chunk after the other, with a pause, so that all that is wanted at a time is seen. */
  const serve = (): void => {
    mostOnTheirWay = Math.max(mostOnTheirWay, waiting.length);
    const index = waiting.shift();
    if (index === undefined) return void (isServing = false);
    const data = Buffer.from(chunks[index]!);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(index, 4);
    head.writeUInt32BE(1, 0);
    if (isFirst && talk.asked.length >= 4 && index === 2) {
      // Half a chunk, and gone.
      const half = Buffer.concat([
        Buffer.from([0, 8, 0, 41, 17]),
        head,
        sha256(data),
        data.subarray(0, 1000),
      ]);
      socket.write(half, () => socket.resetAndDestroy());
      return;
    }
    if (index === spoiled && !wasSpoiled) {
      data[1000]! ^= 1;
      wasSpoiled = true;
    }
    say(socket, 17, head, sha256(chunks[index]!), data);
    setTimeout(serve, 30);
  };
  let received: Buffer = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (piece) => {
    received = Buffer.concat([received, piece]);
    while (received.length >= 5 && received.length >= 4 + received.readUInt32BE(0)) {
      const end = 4 + received.readUInt32BE(0);
      const [number, body] = [received[4], received.subarray(5, end)];
      received = received.subarray(end);
      if (number === 1) {
        talk.greeted = true;
        say(socket, 1, json({ canWrite: false }));
      } else if (number === 6) {
        talk.got = true;
        const { id, path } = JSON.parse(body.toString()) as { id: number; path: string };
        const entry = { path, kind: "file", size: content.length, mtimeMs: 0, mode: 0o644 };
        say(socket, 6, json({ id, entry }));
      } else if (number === 16) {
        const [first, count] = [body.readUInt32BE(4), body.readUInt32BE(8)];
        for (let index = first; index < first + count; index++) {
          talk.asked.push(index);
          if (wasSpoiled && index <= spoiled) askedAgain.push(index);
          waiting.push(index);
        }
        if (!isServing) setTimeout(serve, 100);
        isServing = true;
      } else if (number === 19) {
        talk.summed = true;
        const hash = sha256(Buffer.concat(chunks.map((chunk) => sha256(chunk)))).toString("hex");
        say(socket, 20, json({ transfer: 1, hash }));
      } else if (number === 21) talk.done = true;
    }
  });
}).listen(0, "127.0.0.1");
await once(listener, "listening");
const { port } = listener.address() as AddressInfo;
const child = spawn(command, [...args, "127.0.0.1", String(port), "some/file", file], { stdio: "inherit" });
const timer = setTimeout(() => child.kill(), PATIENCE_MS);
const [code] = (await once(child, "close")) as [number | null];
clearTimeout(timer);

let count = 0;
let failed = 0;
function check(promise: string, isKept: boolean, what: unknown): void {
  console.log(`${isKept ? "ok" : "not ok"} ${++count} ${promise}`);
  if (isKept) return;
  failed++;
  console.log(`    received  ${JSON.stringify(what)}`);
}
const [first, second] = talks;
check("it says hello, and asks for the file", first?.greeted === true && first.got, first);
check(
  "it never has more than 4 chunks on their way",
  mostOnTheirWay <= 4 && talks.length > 0,
  mostOnTheirWay,
);
check("when the conversation breaks, it comes back", second?.got === true, talks.length);
const again = second?.asked.filter((index) => index < 2);
check("what had arrived is not asked for again; half a chunk is none", again?.length === 0, second?.asked);
askedAgain = askedAgain.filter((index) => index === spoiled || index > 2);
check(
  "a chunk that is not what its hash says is asked for again, alone",
  askedAgain.join() === `${spoiled}`,
  askedAgain,
);
check(
  "it asks for the hash of the whole, and says done",
  talks.at(-1)?.summed === true && talks.at(-1)!.done,
  talks.at(-1),
);
const isSame = existsSync(file) && readFileSync(file).equals(content);
check("the file is the same byte by byte, and the exit code is 0", isSame && code === 0, { isSame, code });
console.log(failed === 0 ? "# every check passed" : `# ${failed} failed`);
listener.close();
rmSync(folder, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;
