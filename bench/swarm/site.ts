// Where the processes of one swarm live, each with an address of its own: on loopback, or in a network namespace each.
// Knows no client.
import { spawnSync } from "node:child_process";
import type { Command } from "../commands/account.ts";
import { LeftOut } from "../commands/left-out.ts";
import { freeNetwork } from "./network.ts";

export interface Site {
  /** Of a host, by the last byte of its address; 0 is the network itself. */
  address(host: number): string;
  /** The command as it is to be run in order to live there. */
  command(host: number, command: Command): Command;
  /** None on loopback. */
  readonly namespaces: readonly string[];
  close(): void;
}

/** @throws LeftOut when namespaces are needed and cannot be made here. */
export function openSite(hosts: readonly number[], inNamespaces: boolean): Site {
  return inNamespaces ? openNamespaces(hosts) : openLoopback();
}

function openLoopback(): Site {
  const network = freeNetwork();
  return {
    address: (host) => `${network}${host}`,
    command: (_host, command) => command,
    namespaces: [],
    close() {},
  };
}

const BRIDGE_HOST = 254;

const closings = new Set<() => void>();

/** Removes all namespaces that are still there: what is interrupted cannot remove its own. */
export function closeSites(): void {
  for (const close of closings) close();
}

/** One namespace for each host, all on one bridge, at which the tracker is. */
function openNamespaces(hosts: readonly number[]): Site {
  if (process.getuid?.() !== 0 || spawnSync("ip", ["-V"]).status !== 0)
    throw new LeftOut("network namespaces cannot be made (Linux, root, Debian: apt-get install iproute2)");
  // Addresses for such tests (RFC 2544), not the same for two runs at a time.
  const network = `198.18.${process.pid % 256}.`;
  const [bridge, prefix] = [`b${process.pid}`, `swarm-${process.pid}-`];
  const address = (host: number): string => `${network}${host}`;
  const close = (): void => {
    for (const host of hosts) spawnSync("ip", ["netns", "del", `${prefix}${host}`]);
    spawnSync("ip", ["link", "del", bridge]);
    closings.delete(close);
  };
  closings.add(close);
  try {
    ip("link", "add", bridge, "type", "bridge");
    ip("addr", "add", `${address(BRIDGE_HOST)}/24`, "dev", bridge);
    ip("link", "set", bridge, "up");
    for (const host of hosts) {
      const [space, outside] = [`${prefix}${host}`, `v${process.pid}-${host}`];
      ip("netns", "add", space);
      ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space);
      ip("link", "set", outside, "master", bridge, "up");
      ip("-n", space, "link", "set", "lo", "up");
      ip("-n", space, "addr", "add", `${address(host)}/24`, "dev", "eth0");
      ip("-n", space, "link", "set", "eth0", "up");
    }
  } catch (error) {
    close();
    throw new LeftOut(error instanceof Error ? error.message : String(error));
  }
  return {
    address,
    command: (host, { program, args, ...more }) => ({
      program: "ip",
      args: ["netns", "exec", `${prefix}${host}`, program, ...args],
      ...more,
    }),
    namespaces: hosts.map((host) => `${prefix}${host}`),
    close,
  };
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr.trim()}`);
}
