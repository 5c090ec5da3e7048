// Where the processes of a swarm live, each at an address of its own: on loopback, or in a network namespace each, for the
// programs that speak to no loopback address. Knows no program.
import { spawnSync } from "node:child_process";
import { freeLoopback, freeNamespaces } from "./networks.ts";

export interface Host {
  readonly ip4: string;
  readonly ip6: string;
  /** None on loopback. */
  readonly namespace?: string;
  /** The program and its arguments as they are to be started in order to live there. */
  command(program: string, args: readonly string[]): [program: string, args: string[]];
}

export interface Site extends Disposable {
  /** Where everybody reaches what runs outside: the host with the number 254. */
  readonly ip4: string;
  readonly ip6: string;
  /** Its addresses, of which the last byte is 0. */
  readonly network4: string;
  /** Another host, the last byte of whose address is one more than the last one's. */
  host(): Host;
}

const OUTSIDE = 254;

/** Addresses 127.0.X.Y; over IPv6 all share the one that there is. */
export function openLoopback(): Site {
  const network = `127.0.${freeLoopback()}`;
  let hosts = 0;
  const address = (last: number): Pick<Host, "ip4" | "ip6"> => ({ ip4: `${network}.${last}`, ip6: "::1" });
  const host = (): Host => ({ ...address(++hosts), command: (program, args) => [program, [...args]] });
  return { ...address(OUTSIDE), network4: `${network}.0`, host, [Symbol.dispose]() {} };
}

/** Namespaces on one bridge, at which this process is. @throws Error when they cannot be made here. */
export function openNamespaces(): Site {
  const number = freeNamespaces();
  // For such tests (RFC 2544, RFC 5180).
  const [network4, network6] = [`198.18.${number}`, `fd00:18:0:${number.toString(16)}:`];
  const bridge = `bridge${number}`;
  const spaces: string[] = [];
  const address = (last: number): Pick<Host, "ip4" | "ip6"> => ({
    ip4: `${network4}.${last}`,
    ip6: `${network6}:${last}`,
  });
  const give = (device: string, last: number, ...where: string[]): void => {
    const { ip4, ip6 } = address(last);
    ip(...where, "addr", "add", `${ip4}/24`, "dev", device);
    // Without the second in which it would ask whether somebody has the address already.
    ip(...where, "addr", "add", `${ip6}/64`, "dev", device, "nodad");
    ip(...where, "link", "set", device, "up");
  };
  const close = (): void => {
    for (const space of spaces) spawnSync("ip", ["netns", "del", space]);
    spawnSync("ip", ["link", "del", bridge]);
  };
  const host = (): Host => {
    const last = spaces.length + 1;
    const [namespace, outside] = [`site-${process.pid}-${number}-${last}`, `site${number}-${last}`];
    ip("netns", "add", namespace);
    spaces.push(namespace);
    ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    ip("link", "set", outside, "master", bridge, "up");
    ip("-n", namespace, "link", "set", "lo", "up");
    give("eth0", last, "-n", namespace);
    // Some call out to the local network without naming an interface.
    ip("-n", namespace, "route", "add", "multicast", "239.0.0.0/8", "dev", "eth0");
    const command: Host["command"] = (program, args) => [
      "ip",
      ["netns", "exec", namespace, program, ...args],
    ];
    return { ...address(last), namespace, command };
  };
  try {
    ip("link", "add", bridge, "type", "bridge");
    give(bridge, OUTSIDE);
  } catch (error) {
    close();
    throw error;
  }
  return { ...address(OUTSIDE), network4: `${network4}.0`, host, [Symbol.dispose]: close };
}

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}
