// Checks a program that reads a room, in any language: check.ts COMMAND [ARGUMENT…]; it is called with HOST PORT ROOM.
// Plays a server that breaks off, repeats itself and goes away for a while.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const PATIENCE_MS = 5000;
const ROOM = "news";

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error("usage: check.ts COMMAND [ARGUMENT…]");
  process.exit(2);
}

const listener = createServer().listen(0, "127.0.0.1");
await once(listener, "listening");
const { port } = listener.address() as AddressInfo;
const child = spawn(command, [...args, "127.0.0.1", String(port), ROOM], {
  stdio: ["ignore", "pipe", "inherit"],
});
let printed = "";
child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));

let count = 0;
let failed = 0;
function check(promise: string, expected: unknown, received: unknown): void {
  const right = JSON.stringify(expected) === JSON.stringify(received);
  console.log(`${right ? "ok" : "not ok"} ${++count} ${promise}`);
  if (right) return;
  failed++;
  console.log(`    expected  ${JSON.stringify(expected)}\n    received  ${JSON.stringify(received)}`);
}

/** The next conversation: welcomes whoever comes, and tells from which position it wants to go on. */
async function meet(): Promise<{ socket: Socket; hello: unknown; after: unknown }> {
  const [socket] = (await once(listener, "connection", {
    signal: AbortSignal.timeout(PATIENCE_MS),
  })) as [Socket];
  socket.on("error", () => {});
  const messages: Record<string, unknown>[] = [];
  for await (const line of createInterface({ input: socket })) {
    messages.push(JSON.parse(line) as Record<string, unknown>);
    if (messages.length === 2) break;
  }
  const [hello, join] = messages;
  tell(socket, { type: "welcome", name: hello?.["name"] });
  tell(socket, { type: "joined", room: ROOM, seq: 10, people: 1 });
  return { socket, hello: hello?.["type"], after: join?.["after"] };
}

function tell(socket: Socket, message: object): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

const said = (seq: number, text: string): object => {
  return { type: "said", room: ROOM, seq, id: `id ${seq}`, from: "ann", text, at: 0 };
};

/** Waits until it has printed so much, or nothing more can be hoped for. */
async function untilPrinted(text: string): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && printed.length < text.length; waited += 20) await delay(20);
  // What should not come, too, needs a moment to come.
  await delay(100);
}

try {
  const first = await meet();
  check("it says hello, and joins from the beginning", ["hello", 0], [first.hello, first.after]);
  for (const [seq, text] of ["one", "two", "three"].entries()) tell(first.socket, said(seq + 1, text));
  await untilPrinted("one\ntwo\nthree\n");
  check("it prints what is said", "one\ntwo\nthree\n", printed);
  first.socket.end();

  const second = await meet();
  check("after a goodbye it comes back, for what comes after the last it has", 3, second.after);
  tell(second.socket, said(3, "three"));
  const line = `${JSON.stringify(said(7, "seven"))}\n`;
  second.socket.write(line.slice(0, 20));
  await delay(50);
  second.socket.write(line.slice(20));
  await untilPrinted("one\ntwo\nthree\nseven\n");
  check("nothing twice, and positions have gaps", "one\ntwo\nthree\nseven\n", printed);
  second.socket.write(JSON.stringify(said(8, "eight")).slice(0, -10));
  await delay(50);
  listener.close();
  second.socket.resetAndDestroy();
  await delay(500);
  listener.listen(port, "127.0.0.1");

  const third = await meet();
  check("half a message is none, and nobody there is no reason to give up", 7, third.after);
  tell(third.socket, said(8, "eight"));
  tell(third.socket, said(10, "END"));
  const ended = once(child, "exit", { signal: AbortSignal.timeout(PATIENCE_MS) });
  check("END ends it, with exit code 0", [0], (await ended).slice(0, 1));
  check("everything once and in order", "one\ntwo\nthree\nseven\neight\nEND\n", printed);
} catch (error) {
  check("it comes back, or ends, within 5 seconds", "", (error as Error).message);
} finally {
  child.kill("SIGKILL");
}
console.log(failed === 0 ? "# every check passed" : `# ${failed} of ${count} failed`);
process.exit(failed === 0 ? 0 : 1);
