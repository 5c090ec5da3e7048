// Sets the options of a TCP socket on its descriptor, and says so when one did not take. Knows no Node.js socket.
import { UsageError } from "../../errors.ts";
import { socketConstants, type SocketConstants } from "./constants.ts";
import { assertDescriptor, assertWasSocket, errnoText, libc, type Libc, type LibcResult } from "./libc.ts";
import { tcpStateOf } from "./tcp-info.ts";
import { checkTransportOptions, type TransportOptions } from "./transport-options.ts";

type OptionName = keyof TransportOptions;

function unsupported(option: OptionName, reason: string): UsageError {
  return new UsageError("option-unsupported", `${option} cannot be set here: ${reason}. Leave it out.`);
}

function refused(option: OptionName, given: unknown, reason: string): UsageError {
  return new UsageError("option-refused", `${option} ${String(given)} was refused: ${reason}`);
}

/** The kernel of this platform, and what its options are called there. */
export interface Kernel {
  readonly k: SocketConstants;
  readonly c: Libc;
}

/**
 * What it takes to set `option`.
 *
 * @throws UsageError `option-unsupported`, naming that option, where the platform is not known or koffi cannot be loaded.
 */
export function reachKernel(
  option: OptionName,
  platform: NodeJS.Platform,
  load: () => LibcResult = libc,
): Kernel {
  const k = socketConstants(platform);
  if (k === undefined)
    throw unsupported(option, `this library does not know the socket options of ${platform}`);
  const native = load();
  if ("unavailable" in native) throw unsupported(option, native.unavailable);
  return { k, c: native.libc };
}

/**
 * Sets options on a TCP socket, connected, connecting, fresh or listening.
 *
 * Buffer sizes have their full effect only before the connection is made, because the window scale is fixed then
 * (RFC 7323 §2.2), and the segment size has any effect only then: see `openStreamSocket` and `applyListenerOptions`.
 * Node.js sets `noDelay` and `keepAliveMs` by itself on every platform: prefer `nodeOptions` where you make the socket.
 *
 * Options are set in turn; after a throw the ones before it stay set.
 *
 * @throws UsageError `option-invalid`: no number that a kernel would understand; `option-unsupported`: not on this
 * platform; `option-refused`: the kernel said no, gave less than was asked for, or would ignore it; `bad-descriptor`.
 */
export function applyOptions(
  fd: number,
  options: TransportOptions,
  platform: NodeJS.Platform = process.platform,
): void {
  assertDescriptor(fd);
  checkTransportOptions(options);
  const { noDelay, keepAliveMs, sendBufferBytes, receiveBufferBytes, maxSegmentBytes } = options;

  if (noDelay !== undefined) {
    const { k, c } = reachKernel("noDelay", platform);
    const result = c.setsockopt(fd, k.IPPROTO_TCP, k.TCP_NODELAY, Int32Array.of(noDelay ? 1 : 0));
    assertTaken(fd, result, "noDelay", noDelay);
  }
  if (keepAliveMs !== undefined) {
    const { k, c } = reachKernel("keepAliveMs", platform);
    const seconds = Int32Array.of(Math.ceil(keepAliveMs / 1000));
    assertTaken(
      fd,
      c.setsockopt(fd, k.SOL_SOCKET, k.SO_KEEPALIVE, Int32Array.of(1)),
      "keepAliveMs",
      keepAliveMs,
    );
    assertTaken(fd, c.setsockopt(fd, k.IPPROTO_TCP, k.TCP_KEEPIDLE, seconds), "keepAliveMs", keepAliveMs);
  }
  if (sendBufferBytes !== undefined) setBuffer(fd, "sendBufferBytes", sendBufferBytes, platform);
  if (receiveBufferBytes !== undefined) setBuffer(fd, "receiveBufferBytes", receiveBufferBytes, platform);
  if (maxSegmentBytes !== undefined) setMaxSegment(fd, maxSegmentBytes, platform);
}

function assertTaken(fd: number, result: number, option: OptionName, given: unknown, hint = ""): void {
  assertWasSocket(fd, result);
  if (result < 0) throw refused(option, given, `${errnoText(result)}.${hint}`);
}

function setBuffer(
  fd: number,
  option: "sendBufferBytes" | "receiveBufferBytes",
  wanted: number,
  platform: NodeJS.Platform,
): void {
  const { k, c } = reachKernel(option, platform);
  const name = option === "sendBufferBytes" ? k.SO_SNDBUF : k.SO_RCVBUF;
  const value = Int32Array.of(wanted);
  assertTaken(fd, c.setsockopt(fd, k.SOL_SOCKET, name, value), option, wanted);
  // Beyond its limit Linux grants less and reports success (socket(7)): only reading back shows it.
  assertTaken(fd, c.getsockopt(fd, k.SOL_SOCKET, name, value), option, wanted);
  const granted = value[0]! / k.bufferFactor;
  if (granted >= wanted) return;
  const limit = option === "sendBufferBytes" ? "net.core.wmem_max" : "net.core.rmem_max";
  throw refused(
    option,
    wanted,
    `this system grants ${granted} at most. Ask for less, or raise ${limit} (sysctl).`,
  );
}

function setMaxSegment(fd: number, wanted: number, platform: NodeJS.Platform): void {
  const { k, c } = reachKernel("maxSegmentBytes", platform);
  if (!k.fixesMaxSegment)
    throw unsupported("maxSegmentBytes", `${platform} chooses it anew when it connects`);
  // Later, Linux stores it, reports success, and sends segments as large as before.
  const state = tcpStateOf(c, k, fd);
  if (state !== undefined && state !== "CLOSED" && state !== "LISTEN")
    throw refused("maxSegmentBytes", wanted, "it is agreed while connecting. Set it before.");
  const result = c.setsockopt(fd, k.IPPROTO_TCP, k.TCP_MAXSEG, Int32Array.of(wanted));
  assertTaken(fd, result, "maxSegmentBytes", wanted, " Linux takes 88 to 32767.");
}
