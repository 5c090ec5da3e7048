// The options of a UDP socket, all through Node.js's own API. Knows no descriptor and no native code.
import type { Socket } from "node:dgram";
import { UsageError } from "../../errors.ts";
import { checkTransportOptions, type TransportOptions } from "./transport-options.ts";

/** The two that UDP has. On Linux twice what was asked for, as `OptionsInForce` says. */
export interface DatagramOptionsInForce {
  readonly sendBufferBytes: number | undefined;
  readonly receiveBufferBytes: number | undefined;
}

/** Reads the buffers of a bound UDP socket; both undefined if it is not bound or closed. */
export function readDatagramOptions(socket: Socket): DatagramOptionsInForce {
  try {
    return { sendBufferBytes: socket.getSendBufferSize(), receiveBufferBytes: socket.getRecvBufferSize() };
  } catch {
    return { sendBufferBytes: undefined, receiveBufferBytes: undefined };
  }
}

const streamOnly = ["noDelay", "keepAliveMs", "maxSegmentBytes"] as const;

/**
 * Sets the buffers of a bound UDP socket: it must be bound, because only then does it have a descriptor.
 *
 * @throws UsageError `option-invalid`; `option-unsupported`: UDP has no segments, delays and probes; `option-refused`:
 * the socket is not bound, or the kernel granted less.
 */
export function applyDatagramOptions(
  socket: Socket,
  options: TransportOptions,
  platform: NodeJS.Platform = process.platform,
): void {
  checkTransportOptions(options);
  const alien = streamOnly.find((name) => options[name] !== undefined);
  if (alien !== undefined)
    throw new UsageError(
      "option-unsupported",
      `${alien} cannot be set for UDP: it is an option of TCP. Leave it out.`,
    );

  const set = (
    option: "sendBufferBytes" | "receiveBufferBytes",
    write: (bytes: number) => void,
    read: () => number,
  ) => {
    const wanted = options[option];
    if (wanted === undefined) return;
    let granted: number;
    try {
      write(wanted);
      granted = platform === "linux" ? read() / 2 : read();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(
        "option-refused",
        `${option} ${wanted} was refused: ${reason}. Is the socket bound?`,
        { cause },
      );
    }
    if (granted >= wanted) return;
    const advice = `this system grants ${granted} at most. Ask for less, or raise its limit (Linux: net.core.wmem_max, rmem_max).`;
    throw new UsageError("option-refused", `${option} ${wanted} was refused: ${advice}`);
  };
  set(
    "sendBufferBytes",
    (n) => socket.setSendBufferSize(n),
    () => socket.getSendBufferSize(),
  );
  set(
    "receiveBufferBytes",
    (n) => socket.setRecvBufferSize(n),
    () => socket.getRecvBufferSize(),
  );
}
