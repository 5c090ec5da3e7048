// Makes TCP sockets and listeners whose options are in force before the first segment. Knows no address and no message.
import { Socket, type Server, type SocketConstructorOpts } from "node:net";
import { ClosedError, UsageError } from "../../errors.ts";
import { applyOptions, reachKernel } from "./apply-options.ts";
import { descriptorOf } from "./descriptor.ts";
import { errnoText } from "./libc.ts";
import { nodeOptions, type TransportOptions } from "./transport-options.ts";

/** The options that Node.js cannot set for TCP, and that must be set before the connection is made. */
const kernelOptions = ["sendBufferBytes", "receiveBufferBytes", "maxSegmentBytes"] as const;

function kernelOptionsOf(options: TransportOptions): {
  first?: (typeof kernelOptions)[number];
  all: TransportOptions;
} {
  const given = kernelOptions.filter((name) => options[name] !== undefined);
  const all = Object.fromEntries(given.map((name) => [name, options[name]]));
  return given[0] === undefined ? { all } : { first: given[0], all };
}

/**
 * Makes a socket, not connected yet, with every one of `options`. Only if one of the three that Node.js does not
 * know is given is the descriptor made by ourselves; else this is `new net.Socket`.
 *
 * The caller must then connect it to an IP address of that family, or `destroy()` it. Not to a host name: Node.js may try
 * several addresses for it, each with a new descriptor of its own, without the options.
 *
 * @throws UsageError as `applyOptions`; ClosedError `socket-failed`: the system has no more descriptors, or not this family.
 */
export function openStreamSocket(
  family: 4 | 6,
  options: TransportOptions,
  constructorOptions: SocketConstructorOpts = {},
  platform: NodeJS.Platform = process.platform,
): Socket {
  const forNode = { ...constructorOptions, ...nodeOptions(options) };
  const { first, all } = kernelOptionsOf(options);
  if (first === undefined) return new Socket(forNode);

  const { k, c } = reachKernel(first, platform);
  const fd = c.socket(family === 4 ? k.AF_INET : k.AF_INET6, k.SOCK_STREAM | k.SOCK_CLOEXEC, 0);
  if (fd < 0)
    throw new ClosedError("socket-failed", `The system gave no socket for IPv${family} (${errnoText(fd)}).`);
  try {
    applyOptions(fd, all, platform);
    // manualStart (undocumented, Node.js's own modules use it): else reading starts at once, and fails with ENOTCONN
    // unless connect() is called in the same tick.
    const withDescriptor = { ...forNode, fd, manualStart: true };
    return new Socket(withDescriptor);
  } catch (error) {
    c.close(fd);
    throw error;
  }
}

/**
 * Sets on a listening server the options that Node.js cannot: connections accepted from then on inherit them. The other
 * two go into `net.createServer` (`nodeOptions`). Call it in "listening": only a connection that was made between
 * listen(2) and that event goes without them.
 *
 * @throws UsageError as `applyOptions`; the server still listens, and the caller closes it.
 */
export function applyListenerOptions(
  server: Server,
  options: TransportOptions,
  platform: NodeJS.Platform = process.platform,
): void {
  const { first, all } = kernelOptionsOf(options);
  if (first === undefined) return;
  reachKernel(first, platform);
  const fd = descriptorOf(server);
  if (fd === undefined)
    throw new UsageError(
      "option-unsupported",
      `${first} cannot be set on this server: it has no descriptor. Call this while it listens.`,
    );
  applyOptions(fd, all, platform);
}
