// Reads the state of a TCP connection from Linux (struct tcp_info). Knows nothing of the Node.js socket around it.
import { endianness } from "node:os";
import { socketConstants, type SocketConstants } from "./constants.ts";
import { assertDescriptor, assertWasSocket, libc, type Libc } from "./libc.ts";

// Numbered as in Linux's include/net/tcp_states.h; the words are those of RFC 9293 §3.3.2.
const stateNames = [
  "",
  "ESTABLISHED",
  "SYN-SENT",
  "SYN-RECEIVED",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "TIME-WAIT",
  "CLOSED",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
  "SYN-RECEIVED",
] as const;

/** A state of RFC 9293 §3.3.2. */
export type TcpState = Exclude<(typeof stateNames)[number], "">;

/**
 * What the kernel knows of a connection. Undefined: not measured yet, or this kernel is too old to tell.
 * Source: <linux/tcp.h>, and tcp_get_info() in Linux's net/ipv4/tcp.c.
 */
export interface TcpInfo {
  readonly state: TcpState | undefined;
  /** Smoothed round-trip time (RFC 6298). */
  readonly roundTripMs: number | undefined;
  /** How much the round-trip time varies (RFC 6298, RTTVAR). */
  readonly roundTripVarianceMs: number | undefined;
  /** The least that was measured lately. */
  readonly minRoundTripMs: number | undefined;
  /** How many segments may be on their way unacknowledged, as congestion control sees it (RFC 5681). */
  readonly congestionWindowSegments: number | undefined;
  /** Undefined while slow start has no threshold, as before the first loss. */
  readonly slowStartThresholdSegments: number | undefined;
  /** The most that a segment of ours carries. */
  readonly sendMaxSegmentBytes: number | undefined;
  /** What the kernel estimates that a segment of the remote side carries: it starts at 536 and learns from traffic. */
  readonly receiveMaxSegmentBytes: number | undefined;
  /** The largest packet that the path takes, as far as known (RFC 1191). */
  readonly pathMtuBytes: number | undefined;
  /** Sent and not acknowledged. */
  readonly unackedSegments: number | undefined;
  /** Of these, thought lost. */
  readonly lostSegments: number | undefined;
  /** Segments sent again, since the connection was made. */
  readonly retransmits: number | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesRetransmitted: number | undefined;
  /** One more than the payload on the side that connected: its SYN counts as a byte. */
  readonly bytesAcked: number | undefined;
  readonly bytesReceived: number | undefined;
  /** Written by us and still in the kernel, not even sent once. */
  readonly notSentBytes: number | undefined;
  /** The rate at which the remote side lately received. */
  readonly deliveryRateBytesPerSecond: number | undefined;
  /** The window that the remote side advertises: flow control (RFC 9293 §3.8.6). Linux 5.4 and later. */
  readonly sendWindowBytes: number | undefined;
  /** The window that we advertise. Linux 6.2 and later. */
  readonly receiveWindowBytes: number | undefined;
  /** The largest window that each direction can ever advertise is 65535 × 2^scale (RFC 7323 §2.2). */
  readonly sendWindowScale: number | undefined;
  readonly receiveWindowScale: number | undefined;
}

const littleEndian = endianness() === "LE";
// One call at a time, and synchronous, so all share one buffer. A kernel with more to say than fits cuts it off.
const bytes = new Uint8Array(256);
const view = new DataView(bytes.buffer);

const noSample = 0xffff_ffff; // tcp_min_rtt() before the first measurement
const infiniteThreshold = 0x7fff_ffff; // TCP_INFINITE_SSTHRESH
const windowScaleFlag = 4; // TCPI_OPT_WSCALE

/** The state alone. Undefined where the platform or the kernel does not say. */
export function tcpStateOf(c: Libc, k: SocketConstants, fd: number): TcpState | undefined {
  if (k.TCP_INFO === undefined || c.getsockopt(fd, k.IPPROTO_TCP, k.TCP_INFO, bytes) < 1) return undefined;
  return stateNames[view.getUint8(0)] || undefined;
}

/**
 * Reads what the kernel knows of a TCP connection; of a listening socket, its state.
 *
 * @returns undefined where the platform has no TCP_INFO, koffi cannot be loaded, or the socket is not TCP.
 * @throws UsageError `bad-descriptor`: `fd` is not that of an open socket; our caller is at fault.
 */
export function readTcpInfo(fd: number, platform: NodeJS.Platform = process.platform): TcpInfo | undefined {
  assertDescriptor(fd);
  const k = socketConstants(platform);
  const native = k?.TCP_INFO === undefined ? undefined : libc();
  if (k?.TCP_INFO === undefined || !native || !("libc" in native)) return undefined;
  const length = native.libc.getsockopt(fd, k.IPPROTO_TCP, k.TCP_INFO, bytes);
  assertWasSocket(fd, length);
  if (length < 1) return undefined;
  // The kernel has nothing on a listener, but zeros, and the queue of connections in fields that have other names.
  return decode(stateNames[view.getUint8(0)] === "LISTEN" ? 1 : length);
}

const ms = (microseconds: number | undefined): number | undefined =>
  microseconds === undefined ? undefined : microseconds / 1000;
const unless = (unset: number, value: number | undefined): number | undefined =>
  value === unset ? undefined : value;

/** Reads only what the kernel filled in: the struct has grown over the years, always at its end. */
function decode(length: number): TcpInfo {
  const u32 = (offset: number): number | undefined =>
    offset + 4 <= length ? view.getUint32(offset, littleEndian) : undefined;
  const u64 = (offset: number): number | undefined =>
    offset + 8 <= length ? Number(view.getBigUint64(offset, littleEndian)) : undefined;
  const roundTripMs = ms(unless(0, u32(68)));
  const scaled = (view.getUint8(5) & windowScaleFlag) !== 0;
  // Two fields of four bits: compilers put the first into the low bits on little-endian machines, else into the high.
  const low = view.getUint8(6) & 0xf;
  const high = view.getUint8(6) >> 4;
  return {
    state: stateNames[view.getUint8(0)] || undefined,
    roundTripMs,
    roundTripVarianceMs: roundTripMs === undefined ? undefined : ms(u32(72)),
    minRoundTripMs: ms(unless(noSample, u32(148))),
    congestionWindowSegments: u32(80),
    slowStartThresholdSegments: unless(infiniteThreshold, u32(76)),
    sendMaxSegmentBytes: u32(16),
    receiveMaxSegmentBytes: u32(20),
    pathMtuBytes: u32(60),
    unackedSegments: u32(24),
    lostSegments: u32(32),
    retransmits: u32(100),
    bytesSent: u64(200),
    bytesRetransmitted: u64(208),
    bytesAcked: u64(120),
    bytesReceived: u64(128),
    notSentBytes: u32(144),
    deliveryRateBytesPerSecond: unless(0, u64(160)),
    sendWindowBytes: u32(228),
    receiveWindowBytes: u32(232),
    sendWindowScale: scaled ? (littleEndian ? low : high) : undefined,
    receiveWindowScale: scaled ? (littleEndian ? high : low) : undefined,
  };
}
