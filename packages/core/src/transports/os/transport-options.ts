// The few parameters of the transport layer that an application may fix, and which values are allowed. Sets nothing.
import { UsageError } from "../../errors.ts";

/** What is left out stays as the operating system has it. */
export interface TransportOptions {
  /** Send small writes at once: Nagle's algorithm off (TCP_NODELAY; RFC 9293 §3.7.4). */
  readonly noDelay?: boolean | undefined;
  /**
   * Probe a connection that has been idle for so long (SO_KEEPALIVE, TCP_KEEPIDLE; RFC 9293 §3.8.4).
   * 1 to 32767000, rounded up to whole seconds, which is what the kernel counts in.
   */
  readonly keepAliveMs?: number | undefined;
  /** How much of what we sent the kernel may hold until it is acknowledged (SO_SNDBUF). */
  readonly sendBufferBytes?: number | undefined;
  /** How much of what arrived the kernel may hold until we read it (SO_RCVBUF); bounds the window we advertise. */
  readonly receiveBufferBytes?: number | undefined;
  /** The largest segment, in both directions (TCP_MAXSEG; RFC 9293 §3.7.1): 88 to 32767, on Linux only. */
  readonly maxSegmentBytes?: number | undefined;
}

// setsockopt(2) takes an int, and Linux doubles what it is given for a buffer.
const mostBytes = 2 ** 30;

/** Linux takes no more for TCP_KEEPIDLE, and Node.js does not say so when the kernel refuses. */
const mostKeepAliveMs = 32_767_000;

/**
 * Refuses values that no kernel would understand, before any of them is used.
 *
 * @throws UsageError `option-invalid`.
 */
export function checkTransportOptions(options: TransportOptions): void {
  const check = (option: keyof TransportOptions, most: number): void => {
    const value = options[option];
    if (value === undefined || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most))
      return;
    throw new UsageError(
      "option-invalid",
      `${option} must be a whole number from 1 to ${most}, not ${value}.`,
    );
  };
  check("keepAliveMs", mostKeepAliveMs);
  check("sendBufferBytes", mostBytes);
  check("receiveBufferBytes", mostBytes);
  check("maxSegmentBytes", mostBytes);
}

/** The two that Node.js sets by itself, on every platform. */
export interface NodeOptions {
  noDelay?: boolean;
  keepAlive?: boolean;
  keepAliveInitialDelay?: number;
}

/**
 * The two options that Node.js can set, in the shape that `new net.Socket`, `net.createServer`, `tls.createServer`
 * and `http.createServer` take; what was left out is left out here too, so it can be spread into others.
 *
 * @throws UsageError `option-invalid`.
 */
export function nodeOptions(options: TransportOptions): NodeOptions {
  checkTransportOptions(options);
  const { noDelay, keepAliveMs } = options;
  return {
    ...(noDelay !== undefined && { noDelay }),
    ...(keepAliveMs !== undefined && {
      keepAlive: true,
      // Node.js cuts to whole seconds, and 0 would mean "leave it at two hours".
      keepAliveInitialDelay: Math.ceil(keepAliveMs / 1000) * 1000,
    }),
  };
}
