// A TCP or TLS client that sends and collects bytes. Its own on purpose: what is under test is not used to test it.
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface Place {
  readonly transport: string;
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

export class StreamClient {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** How the server ended it, in words; undefined while it has not. */
  ending: string | undefined;
  #changed: () => void = () => {};

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on("data", (chunk) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      this.#changed();
    });
    socket.on("end", () => this.#ended("the server closed"));
    socket.on("error", (error) => this.#ended(`the connection broke (${error.message})`));
  }

  static open({ transport, host, port }: Place, timeoutMs: number): Promise<StreamClient> {
    return new Promise((resolve, reject) => {
      const secure = transport === "tls";
      const socket = secure
        ? connectTls({ host, port, rejectUnauthorized: false })
        : connect({ host, port, allowHalfOpen: true });
      socket.setNoDelay(true);
      const timer = setTimeout(() => socket.destroy(new Error("no connection in time")), timeoutMs);
      socket.once("error", reject);
      socket.once(secure ? "secureConnect" : "connect", () => {
        clearTimeout(timer);
        socket.off("error", reject);
        resolve(new StreamClient(socket, timeoutMs));
      });
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Says that nothing more will be sent. */
  endSending(): void {
    this.#socket.end();
  }

  stopReading(): void {
    this.#socket.pause();
  }

  /** Waits until `count` bytes are here, or no more will come; returns what is here. */
  async bytes(count: number): Promise<Buffer> {
    await this.#until(() => this.#size >= count || this.ending !== undefined);
    return this.received;
  }

  /** Waits until the server has ended it, or time is up; returns all that came. */
  async rest(): Promise<Buffer> {
    await this.#until(() => this.ending !== undefined);
    return this.received;
  }

  close(): void {
    this.#socket.destroy();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #ended(how: string): void {
    this.ending ??= how;
    this.#changed();
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(), this.#timeoutMs);
      this.#changed = () => {
        if (!condition()) return;
        clearTimeout(timer);
        resolve();
      };
      this.#changed();
    });
  }
}
