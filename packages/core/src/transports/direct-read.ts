// Reads what arrives at a TCP socket straight to where it belongs, past Node.js's stream. Knows nothing of messages.
// Node.js offers that (`onread`) to whoever makes a socket that connects, and to nobody who accepts one.
import { Socket } from "node:net";
import { handOver } from "./stream-listener.ts";
import type { WireEvents } from "./wire.ts";

const READ_BYTES = 64 * 1024;

// Where bytes are read to that belong nowhere yet. What comes is copied before anybody sees it, so that one serves all
// sockets, and an idle one holds no memory; each socket remembers it, so it can never be handed on itself.
let scratch: Buffer | undefined;

/** One socket's reading. */
export class DirectRead {
  readonly socket: Socket;
  #events: WireEvents | undefined;
  /** What had been read before. */
  #head: Buffer | null;
  /** The last read was as large as it could be, so the next will be large, too: it is worth a buffer of its own. */
  #isBusy = false;

  /**
   * The same connection in another object, which is paused; `socket` is left without one, and forgotten.
   * @returns undefined if Node.js does not let go of it.
   */
  static takeOver(socket: Socket): DirectRead | undefined {
    // Undocumented, as is that `new Socket` takes it; Node.js's own modules do both.
    const handle: unknown = Reflect.get(socket, "_handle");
    return typeof handle === "object" && handle !== null ? new DirectRead(socket, handle) : undefined;
  }

  private constructor(socket: Socket, handle: object) {
    this.#head = socket.read() as Buffer | null;
    Reflect.set(socket, "_handle", null);
    const options = {
      handle,
      pauseOnCreate: true,
      allowHalfOpen: true,
      onread: {
        buffer: () => this.#place(),
        callback: (count: number, buffer: Buffer) => this.#received(buffer.subarray(0, count)),
      },
    };
    this.socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
    handOver(socket, this.socket);
    socket.destroy();
  }

  begin(events: WireEvents): void {
    this.#events = events;
    if (this.#head !== null) events.onReceived(this.#head);
    this.#head = null;
    this.socket.resume();
  }

  /** Where the next bytes are read to. */
  #place(): Uint8Array {
    const room = this.#events?.room?.();
    if (room !== undefined) return room;
    if (this.#isBusy) return Buffer.allocUnsafeSlow(READ_BYTES);
    return (scratch ??= Buffer.allocUnsafeSlow(READ_BYTES));
  }

  #received(chunk: Buffer): boolean {
    const { buffer, length } = chunk;
    const isShared = buffer === scratch?.buffer;
    this.#isBusy = length === READ_BYTES;
    // A few bytes would keep all of their buffer from being used again.
    const isFew = length < READ_BYTES / 2 && buffer.byteLength === READ_BYTES;
    this.#events?.onReceived(isShared || isFew ? Buffer.from(chunk) : chunk);
    return true;
  }
}
