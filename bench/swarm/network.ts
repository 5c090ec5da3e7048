// Addresses of their own for the processes of one swarm. Knows no client.
import { readFileSync } from "node:fs";

// Below it are the addresses that others use by habit: 127.0.0.1, 127.0.1.1.
const FIRST = 16;

/** "127.0.X." such that nobody on this machine listens or speaks there. */
export function freeNetwork(): string {
  const used = new Set(
    Array.from(
      readFileSync("/proc/net/tcp", "utf8").matchAll(/ ([0-9A-F]{8}):[0-9A-F]{4} /g),
      ([, address = ""]) =>
        // The bytes stand in the machine's order, which is the wrong way round on all that we run on.
        Number.parseInt(address.slice(2, 4), 16),
    ),
  );
  const free = Array.from({ length: 256 - FIRST }, (_, index) => FIRST + index).filter(
    (one) => !used.has(one),
  );
  const chosen = free[Math.floor(Math.random() * free.length)];
  if (chosen === undefined) throw new Error("no free network among 127.0.x.0");
  return `127.0.${chosen}.`;
}
