// Where the processes of a swarm live, each at an address of its own: on loopback, or in a network namespace each, for the
// clients that speak to no loopback address. Knows no client.
import { spawnSync } from "node:child_process";
import { networkInterfaces } from "node:os";

export interface Host {
  readonly ip4: string;
  readonly ip6: string;
  /** The program and its arguments as they are to be started in order to live there. */
  command(program: string, args: readonly string[]): [program: string, args: string[]];
}

export interface Site extends Disposable {
  /** Where everybody reaches a tracker that runs outside. */
  readonly ip4: string;
  readonly ip6: string;
  /** Another host. */
  host(): Host;
}

/** Addresses 127.0.X.Y; over IPv6 all share the one that there is. */
export function openLoopback(): Site {
  const network = `127.0.${someNumber()}`;
  const [ip4, ip6] = [`${network}.254`, "::1"];
  let hosts = 0;
  const host = (): Host => ({
    ip4: `${network}.${++hosts}`,
    ip6,
    command: (program, args) => [program, [...args]],
  });
  return { ip4, ip6, host, [Symbol.dispose]() {} };
}

/** Namespaces on one bridge, at which this process is. */
export function openNamespaces(): Site {
  const number = freeNumber();
  // For such tests (RFC 2544, RFC 5180).
  const [network4, network6] = [`198.18.${number}`, `fd00:18:0:${number.toString(16)}:`];
  const bridge = `t${process.pid}`;
  const spaces: string[] = [];
  const addresses = (last: number): [ip4: string, ip6: string] => [
    `${network4}.${last}`,
    `${network6}:${last}`,
  ];
  const [ip4, ip6] = addresses(254);
  const give = (device: string, last: number, ...where: string[]): void => {
    const [own4, own6] = addresses(last);
    ip(...where, "addr", "add", `${own4}/24`, "dev", device);
    // Without the second in which it would ask whether somebody has the address already.
    ip(...where, "addr", "add", `${own6}/64`, "dev", device, "nodad");
    ip(...where, "link", "set", device, "up");
  };
  const close = (): void => {
    for (const space of spaces) spawnSync("ip", ["netns", "del", space]);
    spawnSync("ip", ["link", "del", bridge]);
  };
  const host = (): Host => {
    const last = spaces.length + 1;
    const [space, outside] = [`interop-${process.pid}-${last}`, `v${process.pid}-${last}`];
    ip("netns", "add", space);
    spaces.push(space);
    ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space);
    ip("link", "set", outside, "master", bridge, "up");
    ip("-n", space, "link", "set", "lo", "up");
    give("eth0", last, "-n", space);
    // Some call out to the local network without naming an interface.
    ip("-n", space, "route", "add", "multicast", "239.0.0.0/8", "dev", "eth0");
    const [own4, own6] = addresses(last);
    const command: Host["command"] = (program, args) => ["ip", ["netns", "exec", space, program, ...args]];
    return { ip4: own4, ip6: own6, command };
  };
  try {
    ip("link", "add", bridge, "type", "bridge");
    give(bridge, 254);
  } catch (error) {
    close();
    throw error;
  }
  return { ip4, ip6, host, [Symbol.dispose]: close };
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr.trim()}`);
}

/** Not the low ones, which others use by habit. */
function someNumber(): number {
  return 16 + Math.floor(Math.random() * 240);
}

function freeNumber(): number {
  const used = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  for (;;) {
    const number = someNumber();
    if (!used.includes(`198.18.${number}.254`)) return number;
  }
}
