// Reads what arrives at a TCP socket straight to where it belongs, past Node.js's stream. Knows nothing of messages.
// Node.js offers that (`onread`) to whoever makes a socket that connects, and to nobody who accepts one.
import { Socket } from "node:net";
import { handOver } from "./stream-listener.ts";
import type { WireEvents } from "./wire.ts";

const READ_BYTES = 64 * 1024;

// Where bytes are read to that belong nowhere yet. They are copied before anybody sees them, so one serves all sockets:
// each socket remembers it, so it can never be handed on itself.
let scratch: Buffer | undefined;

/** One socket's reading. */
export class DirectRead {
  readonly socket: Socket;
  #events: WireEvents | undefined;
  /** What had been read before. */
  #head: Buffer | null;

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
        buffer: () => this.#events?.room?.() ?? (scratch ??= Buffer.allocUnsafeSlow(READ_BYTES)),
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

  #received(chunk: Buffer): boolean {
    this.#events?.onReceived(chunk.buffer === scratch?.buffer ? Buffer.from(chunk) : chunk);
    return true;
  }
}
