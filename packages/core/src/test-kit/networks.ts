// Networks for the tests and measurements of one process, such that nobody on this machine uses them. Makes none.
import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

// Below it are the numbers that others use by habit: 127.0.0.1, 127.0.1.1.
const FIRST = 16;

/** X such that nobody on this machine listens or speaks at 127.0.X.Y. */
export function freeLoopback(): number {
  const connections = existsSync("/proc/net/tcp") ? readFileSync("/proc/net/tcp", "utf8") : "";
  return freeBeside(
    Array.from(connections.matchAll(/ ([0-9A-F]{8}):[0-9A-F]{4} /g), ([, address = ""]) =>
      // The bytes stand in the machine's order, which is the wrong way round on all that we run on.
      Number.parseInt(address.slice(2, 4), 16),
    ),
  );
}

/** X such that this machine has no address 198.18.X.Y. */
export function freeNamespaces(): number {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all?.map((one) => one.address) ?? []);
  return freeBeside(addresses.map((address) => Number(/^198\.18\.(\d+)\./.exec(address)?.[1])));
}

function freeBeside(used: readonly number[]): number {
  const free = Array.from({ length: 256 - FIRST }, (_, index) => FIRST + index).filter(
    (one) => !used.includes(one),
  );
  const chosen = free[Math.floor(Math.random() * free.length)];
  if (chosen === undefined) throw new Error("all networks are in use");
  return chosen;
}
