// The socket that the DHT library gets instead of one of Node.js: a port with a guard before it. Knows no DHT.
import { EventEmitter } from "node:events";
import type { Datagrams } from "@socketlab/core/datagrams";
import type { KrpcGuard } from "./krpc-guard.ts";

/** As much of dgram's Socket as k-rpc-socket uses. Closing it leaves the port open, for the next that takes it over. */
export class DhtSocket extends EventEmitter {
  readonly #datagrams: Datagrams;
  readonly #guard: KrpcGuard;
  #isClosed = false;

  constructor(datagrams: Datagrams, guard: KrpcGuard) {
    super();
    this.#datagrams = datagrams;
    this.#guard = guard;
  }

  bind(): void {
    process.nextTick(() => this.emit("listening"));
  }

  address(): { address: string; port: number } {
    return { address: this.#datagrams.host, port: this.#datagrams.port };
  }

  /** What came in. */
  receive(bytes: Uint8Array, address: string, port: number): void {
    if (this.#isClosed) return;
    this.#guard.receive(bytes, address, port, performance.now(), (checked) => {
      this.emit("message", Buffer.from(checked.buffer, checked.byteOffset, checked.length), {
        address,
        port,
      });
    });
  }

  send(
    bytes: Uint8Array,
    _offset: number,
    _length: number,
    port: number,
    host: string,
    done: () => void,
  ): void {
    if (!this.#isClosed) this.#datagrams.send(this.#guard.send(bytes, host, port), host, port);
    process.nextTick(done);
  }

  close(): void {
    this.#isClosed = true;
    process.nextTick(() => this.emit("close"));
  }
}
