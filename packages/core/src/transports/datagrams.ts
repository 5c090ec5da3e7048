// Datagrams through one UDP port, from and to anybody, a group too: for protocols in which nobody holds a conversation. Knows no messages.
import { createSocket, type Socket } from "node:dgram";
import { isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { canonicalHost } from "../address/host.ts";
import { translate } from "./system-errors.ts";

export interface DatagramOptions {
  /** One of this machine's addresses; 0.0.0.0 or :: for all of them. With a group: of the interface whose network it is. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** A group of receivers to join (RFC 1112). Others on this machine may join it at the same port. */
  readonly group?: string;
  /** The bytes are the callee's to keep. */
  readonly onDatagram: (bytes: Uint8Array, host: string, port: number) => void;
}

export interface Datagrams {
  readonly host: string;
  readonly port: number;
  /** How many the operating system did not take: no route, no permission, no room. */
  readonly unsent: number;
  /** At once or never, like all of UDP. `host` is an IP address; names are not looked up. */
  send(bytes: Uint8Array, host: string, port: number): void;
  close(): Promise<void>;
}

/** @throws what {@link translate} makes of the operating system's error, such as `address-in-use` or `no-such-address`. */
export async function openDatagrams(options: DatagramOptions): Promise<Datagrams> {
  const { host, port, group, onDatagram } = options;
  const socket = createSocket({ type: isIPv6(host) ? "udp6" : "udp4", reuseAddr: group !== undefined });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      // Bound to the group, it hears nobody who speaks to the port alone. Windows binds to addresses of its own only.
      socket.bind(port, group === undefined || process.platform === "win32" ? host : group, resolve);
    });
    if (group !== undefined) join(socket, group, host);
  } catch (error) {
    socket.close();
    throw translate(error as Error, "cannot listen at", { transport: "udp", host, port, path: "" });
  }
  socket.removeAllListeners("error");
  let unsent = 0;
  const sent = (error: Error | null): void => {
    if (error !== null) unsent++;
  };
  // What ICMP says of a datagram that has left: whom it concerns is not told, so there is nothing to do about it.
  socket.on("error", () => {});
  socket.on("message", (bytes, from) => onDatagram(bytes, canonicalHost(from.address), from.port));
  let closed: Promise<void> | undefined;
  return {
    host,
    port: socket.address().port,
    get unsent() {
      return unsent;
    },
    send(bytes, to, toPort) {
      if (closed !== undefined) return;
      if (isIP(to) === 0 || isIPv6(to) !== isIPv6(host) || !isPort(toPort)) unsent++;
      else socket.send(bytes, toPort, to, sent);
    },
    close: () => (closed ??= new Promise((resolve) => socket.close(() => resolve()))),
  };
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;

function join(socket: Socket, group: string, host: string): void {
  const through = isIPv6(host) ? ipv6Interface(host) : host;
  socket.addMembership(group, through);
  socket.setMulticastInterface(through ?? "::0");
  socket.setMulticastLoopback(true);
}

/** Node.js names an IPv6 interface by its zone; "all" leaves the choice to the operating system. */
function ipv6Interface(host: string): string | undefined {
  const [address] = host.split("%");
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    if (addresses?.some((one) => one.address === address)) return `::%${name}`;
  return undefined;
}
