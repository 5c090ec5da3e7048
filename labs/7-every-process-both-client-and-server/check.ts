// Checks a choker, in any language: check.ts COMMAND [ARGUMENT…]; each round it is sent a line of JSON, and answers with one.
// Plays a swarm that answers tit for tat.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ROUNDS, STRANGER, Swarm, type Seen } from "./swarm.ts";

const PATIENCE_MS = 10_000;
const SLOTS = 4;
const EARNED = 3;
const TURN = 3;
const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error("usage: check.ts COMMAND [ARGUMENT…]");
  process.exit(2);
}

const swarm = new Swarm();
const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
child.stdin.on("error", () => {});
child.once("error", ({ message }) => {
  console.error(message);
  process.exit(2);
});
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

/** What was wrong in which round, by what was promised. */
const faults = new Map<string, string>();
const blame = (promise: string, what: string): void => {
  if (!faults.has(promise)) faults.set(promise, what);
};

const promises = {
  answers: "it answers each round with a list of names",
  few: "no more than four, each once, and only those who are there and interested",
  all: "where no more than four are interested, all of them",
  earned: "the three who send most",
  turn: "one more, for three rounds",
  others: "and then another one, so that everybody has a turn",
  found: "so one who gives nothing before it is given something is found, and stays",
  fair: "those who give get at least three times as much as those who do not",
};

async function answerTo(round: number, peers: readonly Seen[]): Promise<string[] | undefined> {
  child.stdin.write(`${JSON.stringify({ round, peers })}\n`);
  const timer = setTimeout(() => child.kill(), PATIENCE_MS);
  const { value } = (await lines.next()) as { value: string | undefined };
  clearTimeout(timer);
  try {
    const answer: unknown = JSON.parse(value ?? "");
    if (Array.isArray(answer) && answer.every((name) => typeof name === "string")) return answer;
  } catch {
    // Told below.
  }
  blame(promises.answers, `round ${round}: ${value ?? "nothing"}`);
  return undefined;
}

/** Who has the slot that nobody has earned, and for how many rounds. */
let lucky: string | undefined;
let age = 0;
const hadATurn = new Set<string>();

function judge(round: number, peers: readonly Seen[], answer: readonly string[]): void {
  const where = `round ${round}: ${answer.join(" ")}`;
  const interested = peers
    .filter(({ isInterested }) => isInterested)
    .toSorted((a, b) => b.bytesPerSecond - a.bytesPerSecond)
    .map(({ name }) => name);
  const isRight = answer.every((name) => interested.includes(name));
  if (answer.length > SLOTS || new Set(answer).size < answer.length || !isRight) blame(promises.few, where);
  if (interested.length <= SLOTS) {
    if (!interested.every((name) => answer.includes(name))) blame(promises.all, where);
    return;
  }
  const earned = interested.slice(0, EARNED);
  if (!earned.every((name) => answer.includes(name)))
    blame(promises.earned, `${where}; they are ${earned.join(" ")}`);
  const now = answer.find((name) => !earned.includes(name));
  const isThere = lucky !== undefined && interested.includes(lucky) && !earned.includes(lucky);
  if (now === undefined || (isThere && age < TURN && now !== lucky)) blame(promises.turn, where);
  if (isThere && age >= TURN && now === lucky) blame(promises.others, `${where}; ${now} had its turn`);
  age = now === lucky ? age + 1 : 1;
  lucky = now;
  if (now !== undefined) hadATurn.add(now);
}

const stranger = swarm.nameOf("stranger");
let foundIn = 0;
let keptIn = 0;
for (let round = 1; round <= ROUNDS; round++) {
  const peers = swarm.look(round);
  const answer = await answerTo(round, peers);
  if (answer === undefined) break;
  judge(round, peers, answer);
  swarm.grant(answer);
  if (!answer.includes(stranger)) continue;
  foundIn ||= round;
  keptIn++;
}
child.stdin.end();
child.kill();
if (child.exitCode === null && child.signalCode === null) await once(child, "close");

const waiting = swarm.look(ROUNDS).filter(({ name, isInterested }) => isInterested && !hadATurn.has(name));
// Three of them need none: they have a slot that they have earned.
if (waiting.length > EARNED) blame(promises.others, `never: ${waiting.map(({ name }) => name).join(" ")}`);
if (foundIn === 0 || keptIn < 0.9 * (ROUNDS - foundIn))
  blame(
    promises.found,
    `it comes in round ${STRANGER}, is chosen first in ${foundIn}, and in ${keptIn} of ${ROUNDS}`,
  );
const [giving, taking] = [swarm.meanOf("gives"), swarm.meanOf("free rider")];
if (!(giving >= 3 * taking) || giving === 0)
  blame(promises.fair, `${giving.toFixed(0)} rounds, and ${taking.toFixed(0)} those who do not`);

for (const [at, promise] of Object.values(promises).entries()) {
  const fault = faults.get(promise);
  console.log(`${fault === undefined ? "ok" : "not ok"} ${at + 1} ${promise}`);
  if (fault !== undefined) console.log(`    received  ${fault}`);
}
console.log(faults.size === 0 ? "# every check passed" : `# ${faults.size} failed`);
console.log(
  `# of ${ROUNDS} rounds, one who gives could ask in ${giving.toFixed(0)}, a free rider in ${taking.toFixed(0)}`,
);
process.exitCode = faults.size === 0 ? 0 : 1;
