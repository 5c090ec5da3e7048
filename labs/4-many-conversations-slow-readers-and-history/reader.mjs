// One answer to the exercise of chapter 4, with nothing but Node.js: prints what is said in a room, each message once.
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const [host, port, room] = process.argv.slice(2);
let position = 0;
let waitMs = 100;

function hear(message) {
  if (message.type === "joined") waitMs = 100;
  if (message.type !== "said" || message.seq <= position) return;
  position = message.seq;
  console.log(message.text);
  if (message.text === "END") process.exit();
}

for (;;) {
  const socket = connect(Number(port), host).setEncoding("utf8");
  // Whatever ends the conversation, we come back.
  socket.on("error", () => {});
  for (const message of [
    { type: "hello", name: "reader" },
    { type: "join", room, after: position },
  ])
    socket.write(`${JSON.stringify(message)}\n`);
  let rest = "";
  socket.on("data", (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const line of lines) hear(JSON.parse(line));
  });
  await new Promise((resolve) => socket.on("close", resolve));
  await delay(waitMs * Math.random());
  waitMs = Math.min(2 * waitMs, 10_000);
}
