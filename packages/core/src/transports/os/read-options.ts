// Reads the options of a TCP socket from its descriptor. Knows nothing of the Node.js socket around it.
import { socketConstants } from "./constants.ts";
import { assertDescriptor, assertWasSocket, libc } from "./libc.ts";

/** What the kernel says. Undefined where it, or this library on this platform, does not know. */
export interface OptionsInForce {
  /** On Linux twice what was asked for: the kernel reserves as much for its own bookkeeping (socket(7)). */
  readonly sendBufferBytes: number | undefined;
  /** On Linux twice what was asked for. Grows by itself as long as nobody has set it. */
  readonly receiveBufferBytes: number | undefined;
  /** The most that one segment carries: what was agreed, less the TCP options (timestamps take 12 bytes). */
  readonly maxSegmentBytes: number | undefined;
  readonly noDelay: boolean | undefined;
  readonly keepAlive: boolean | undefined;
}

const nothingKnown: OptionsInForce = {
  sendBufferBytes: undefined,
  receiveBufferBytes: undefined,
  maxSegmentBytes: undefined,
  noDelay: undefined,
  keepAlive: undefined,
};

const size = (result: number): number | undefined => (result < 0 ? undefined : result);
const flag = (result: number): boolean | undefined => (result < 0 ? undefined : result !== 0);

/**
 * Reads the options of a TCP socket, connected or listening. All are undefined where the platform is unknown
 * or koffi cannot be loaded: looking never breaks a conversation.
 *
 * @throws UsageError `bad-descriptor`: `fd` is not that of an open socket; our caller is at fault.
 */
export function readOptions(fd: number, platform: NodeJS.Platform = process.platform): OptionsInForce {
  assertDescriptor(fd);
  const k = socketConstants(platform);
  const native = k && libc();
  if (!native || !("libc" in native)) return nothingKnown;

  const value = new Int32Array(1);
  const read = (level: number, option: number): number => {
    const length = native.libc.getsockopt(fd, level, option, value);
    return length < 0 ? length : value[0]!;
  };
  const sendBufferBytes = read(k.SOL_SOCKET, k.SO_SNDBUF);
  assertWasSocket(fd, sendBufferBytes);
  return {
    sendBufferBytes: size(sendBufferBytes),
    receiveBufferBytes: size(read(k.SOL_SOCKET, k.SO_RCVBUF)),
    maxSegmentBytes: size(read(k.IPPROTO_TCP, k.TCP_MAXSEG)),
    noDelay: flag(read(k.IPPROTO_TCP, k.TCP_NODELAY)),
    keepAlive: flag(read(k.SOL_SOCKET, k.SO_KEEPALIVE)),
  };
}
