// Which ways of which clients have been seen to work, written down for the table in the app's README. Knows no process.
import { writeFileSync } from "node:fs";
import { ours, type Client, type Role } from "./clients.ts";
import type { Kind } from "./content.ts";
import type { Family, Transport } from "./swarm.ts";

/** How a torrent comes to somebody. */
export interface Way {
  readonly by: "torrent" | "magnet";
  readonly kind: Kind;
  /** How the two find each other: over our tracker, or without one. */
  readonly over: Transport | "DHT" | "LSD";
  readonly family: Family;
}

export interface Seen extends Way {
  readonly client: string;
  readonly version: string;
  /** Of the foreign client. */
  readonly role: Role;
}

const file = new URL("clients.json", import.meta.url);
const seen: Seen[] = [];

export function record(client: Client, role: Role, way: Way): void {
  seen.push({ client: client.name, version: client.version(), role, ...way });
}

/** Does so only when it is told to, and replaces all. */
export function writeRecords(): void {
  if (process.env["SOCKETLAB_WRITE_CLIENTS"] !== "1") return;
  const sorted = seen.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  writeFileSync(file, `${JSON.stringify({ ours: ours.version(), seen: sorted }, null, 2)}\n`);
}
