// Reads what arrives at a socket that we connect straight to where it belongs. Knows nothing of messages.
// Node.js offers that (`onread`) for sockets that connect, not for those that a server accepts.
import type { OnReadOpts } from "node:net";
import type { WireEvents } from "./wire.ts";

const READ_BYTES = 64 * 1024;

// Where bytes are read to that belong nowhere yet. They are copied before anybody sees them, so one serves all sockets.
let scratch: Buffer | undefined;

/** One socket's reading. The socket must be paused until `events` is set. */
export class DirectRead {
  events: WireEvents | undefined;

  /** For the socket's constructor. */
  readonly onread: OnReadOpts = {
    buffer: () => this.events?.room?.() ?? (scratch ??= Buffer.allocUnsafeSlow(READ_BYTES)),
    callback: (count, buffer) => {
      const chunk = buffer.subarray(0, count);
      this.events?.onReceived(buffer === scratch ? Buffer.from(chunk) : chunk);
      return true;
    },
  };
}
