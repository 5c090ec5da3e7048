// Chapter 7, the exercise: who may ask us for the next ten seconds. A line of JSON in, a line of JSON out.
import { createInterface } from "node:readline";

const EARNED = 3;
const TURN = 3;
/** Who has the slot that nobody has earned, and for how many rounds. */
let lucky;
let age = 0;

function choose(peers) {
  const names = peers
    .filter(({ isInterested }) => isInterested)
    .toSorted((a, b) => b.bytesPerSecond - a.bytesPerSecond)
    .map(({ name }) => name);
  const [earned, others] = [names.slice(0, EARNED), names.slice(EARNED)];
  if (age === TURN || !others.includes(lucky)) {
    const candidates = others.filter((name) => name !== lucky);
    lucky = candidates[Math.floor(Math.random() * candidates.length)] ?? others[0];
    age = 0;
  }
  age++;
  return lucky === undefined ? earned : [...earned, lucky];
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(choose(JSON.parse(line).peers)));
