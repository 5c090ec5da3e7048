// A small chat server that can be wrong on purpose, in one way: the checks must catch each. Arguments: the way, its file.
// It knows just enough of the protocol to fail in earnest: hello, join, say, history and ping, over TCP.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";

interface Said {
  readonly room: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly at: number;
}
interface Request {
  readonly type: string;
  readonly name: string;
  readonly room: string;
  readonly after?: number;
  readonly before?: number;
  readonly id: string;
  readonly text: string;
}

const [way = "", file = ""] = process.argv.slice(2);
const ways = [
  "nothing",
  "loses",
  "tells-twice",
  "two-orders",
  "forgets-ids",
  "acknowledges-early",
  "gap",
  "changes",
];
if (!ways.includes(way)) throw new Error(`${way} is none of ${ways.join(", ")}`);

const all: Said[] = existsSync(file)
  ? readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Said)
  : [];
const members = new Map<Socket, Set<string>>();
const names = new Map<Socket, string>();
let accepted = 0;

const of = (room: string): Said[] => all.filter((said) => said.room === room);
const tell = (socket: Socket, message: object): void => void socket.write(`${JSON.stringify(message)}\n`);

function keep(said: Said): void {
  all.push(said);
  const write = (): void => appendFileSync(file, `${JSON.stringify(said)}\n`, { flush: true });
  if (way === "acknowledges-early") setTimeout(write, 200);
  else write();
}

function say(socket: Socket, { room, id, text }: Request): void {
  const from = names.get(socket)!;
  const first =
    way === "forgets-ids" ? undefined : of(room).find((one) => one.id === id && one.from === from);
  if (first !== undefined && first.text !== text)
    return tell(socket, { type: "refused", code: "id-reused", detail: "another text had this id", room, id });
  const said = first ?? { room, seq: all.length + 1, id, from, text, at: Date.now() };
  // Every fifth is said, acknowledged, and kept nowhere.
  if (first === undefined && !(way === "loses" && ++accepted % 5 === 0)) keep(said);
  tell(socket, { type: "stored", room, id, seq: said.seq });
  if (first !== undefined && way !== "tells-twice") return;
  let nth = 0;
  for (const [member, rooms] of members) {
    if (!rooms.has(room)) continue;
    nth++;
    const message = {
      type: "said",
      ...said,
      ...(way === "changes" && nth === 2 && { text: text.trim().toLowerCase() }),
    };
    if (way === "two-orders" && nth === 2 && Math.random() < 0.5) setTimeout(() => tell(member, message), 2);
    else tell(member, message);
  }
}

function join(socket: Socket, { room, after }: Request): void {
  members.get(socket)!.add(room);
  const past = of(room);
  tell(socket, { type: "joined", room, seq: past.at(-1)?.seq ?? 0, people: 1 });
  if (after === undefined) return;
  for (const said of past.filter(({ seq }) => seq > after + (way === "gap" ? 1 : 0)))
    tell(socket, { type: "said", ...said });
}

function history(socket: Socket, { room, before = Infinity }: Request): void {
  const earlier = of(room).filter(({ seq }) => seq < before);
  tell(socket, { type: "page", room, messages: earlier.slice(-50), more: earlier.length > 50 });
}

const requests: Record<string, (socket: Socket, request: Request) => void> = {
  hello: (socket, { name }) => {
    names.set(socket, name);
    tell(socket, { type: "welcome", name });
  },
  join,
  say,
  history,
  ping: (socket) => tell(socket, { type: "pong" }),
};

const server = createServer((socket) => {
  members.set(socket, new Set());
  let rest = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const request = JSON.parse(line) as Request;
      requests[request.type]?.(socket, request);
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => members.delete(socket));
});
// What it does not understand ends it in a real server; here it must live on for the other checks.
process.on("uncaughtException", () => {});
server.listen(0, "127.0.0.1", () =>
  console.log(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`),
);
