// The numbers by which each operating system calls its socket options. Knows nothing of calling it.

/** The numbers of one operating system. Names are those of its C headers; sizes and units are theirs too. */
export interface SocketConstants {
  readonly AF_INET: number;
  readonly AF_INET6: number;
  readonly SOCK_STREAM: number;
  /** Flags for socket(2)'s type: close-on-exec, so that child processes do not inherit the descriptor. */
  readonly SOCK_CLOEXEC: number;
  readonly SOL_SOCKET: number;
  readonly SO_KEEPALIVE: number;
  readonly SO_SNDBUF: number;
  readonly SO_RCVBUF: number;
  readonly IPPROTO_TCP: number;
  readonly TCP_NODELAY: number;
  readonly TCP_MAXSEG: number;
  /** Seconds without traffic before the first keep-alive probe. */
  readonly TCP_KEEPIDLE: number;
  /** Undefined where the system has no `struct tcp_info`. */
  readonly TCP_INFO: number | undefined;
  /** How many times what was asked for a buffer the kernel reports when it granted all of it. */
  readonly bufferFactor: 1 | 2;
  /** Whether TCP_MAXSEG, set before connecting, lasts. */
  readonly fixesMaxSegment: boolean;
}

/**
 * Linux: <asm-generic/socket.h>, <linux/tcp.h>, <linux/socket.h>, socket(7), tcp(7). The same on every processor
 * for which Node.js is built, except MIPS, which has numbers of its own.
 */
const linux: SocketConstants = {
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_KEEPALIVE: 9,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  IPPROTO_TCP: 6,
  TCP_NODELAY: 1,
  TCP_MAXSEG: 2,
  TCP_KEEPIDLE: 4,
  TCP_INFO: 11,
  bufferFactor: 2,
  fixesMaxSegment: true,
};

/**
 * macOS: <sys/socket.h>, <netinet/tcp.h> (XNU's bsd/sys/socket.h and bsd/netinet/tcp.h). It has no SOCK_CLOEXEC, and
 * Node.js needs none: it starts child processes with POSIX_SPAWN_CLOEXEC_DEFAULT. What TCP_KEEPIDLE is elsewhere is
 * TCP_KEEPALIVE here. It has TCP_CONNECTION_INFO instead of TCP_INFO, with other fields and units (the congestion
 * window in bytes, times in whole milliseconds); not read, because nobody has verified it on such a machine.
 * TCP_MAXSEG can only lower what the kernel has already chosen (bsd/netinet/tcp_usrreq.c), and connecting chooses anew.
 */
const darwin: SocketConstants = {
  AF_INET: 2,
  AF_INET6: 30,
  SOCK_STREAM: 1,
  SOCK_CLOEXEC: 0,
  SOL_SOCKET: 0xffff,
  SO_KEEPALIVE: 0x0008,
  SO_SNDBUF: 0x1001,
  SO_RCVBUF: 0x1002,
  IPPROTO_TCP: 6,
  TCP_NODELAY: 1,
  TCP_MAXSEG: 2,
  TCP_KEEPIDLE: 0x10,
  TCP_INFO: undefined,
  bufferFactor: 1,
  fixesMaxSegment: false,
};

/** The numbers for a platform, or undefined where this library knows none (Windows has no descriptors to use them on). */
export function socketConstants(
  platform: NodeJS.Platform,
  architecture: NodeJS.Architecture = process.arch,
): SocketConstants | undefined {
  if (platform === "darwin") return darwin;
  if (platform === "linux" && !architecture.startsWith("mips")) return linux;
  return undefined;
}
