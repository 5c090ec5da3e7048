// Between a client and a server: counts what passes, and does to it what a bad network does. Knows no protocol.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Transform, type TransformCallback } from "node:stream";

export type Direction = "up" | "down";

interface Flip {
  readonly direction: Direction;
  /** Counted from the relay's beginning, over all connections. */
  readonly at: number;
  readonly again: boolean;
}

export class Relay {
  /** Bytes that have passed: up is from client to server. */
  readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  connections = 0;
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #scheme: string;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #marks: { direction: Direction; at: number; reached: () => void }[] = [];
  #flips: Flip[] = [];
  #isSwallowing = false;
  #swallowed: (() => void)[] = [];

  private constructor(target: string) {
    const { protocol, hostname, port } = new URL(target);
    this.#scheme = protocol;
    this.#target = { host: hostname, port: Number(port) };
    this.#server = createServer((client) => this.#join(client));
  }

  static async to(target: string): Promise<Relay> {
    const relay = new Relay(target);
    relay.#server.listen(0, "127.0.0.1");
    await once(relay.#server, "listening");
    return relay;
  }

  get url(): string {
    return `${this.#scheme}//127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Calls `reached` once so many bytes more have passed. @returns takes it back. */
  after(direction: Direction, bytes: number, reached: () => void): () => void {
    const mark = { direction, at: this.passed[direction] + bytes, reached };
    this.#marks.push(mark);
    return () => void (this.#marks = this.#marks.filter((one) => one !== mark));
  }

  /** Changes a bit of the byte that comes so many bytes from now; `again`: and of each that comes 512 KiB later. */
  flip(direction: Direction, bytes: number, { again = false } = {}): void {
    this.#flips.push({ direction, at: this.passed[direction] + bytes, again });
  }

  reset(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Nothing passes any more, and nobody is told. */
  swallow(): void {
    this.#isSwallowing = true;
  }

  goOn(): void {
    this.#isSwallowing = false;
    for (const resume of this.#swallowed.splice(0)) resume();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.reset();
    await once(this.#server, "close");
  }

  #join(client: Socket): void {
    this.connections++;
    const server = connect(this.#target);
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const end = (other: Socket) => (): void => {
      this.#pairs.delete(pair);
      other.destroy();
    };
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true).on("error", () => {});
      // What lies in the relay when one side dies still arrives.
      socket.on("close", (hadError) => (hadError ? end(other)() : setTimeout(end(other), 50)));
    }
    client.pipe(this.#meter("up")).pipe(server);
    server.pipe(this.#meter("down")).pipe(client);
  }

  #meter(direction: Direction): Transform {
    return new Transform({
      highWaterMark: 64 * 1024,
      transform: (piece: Buffer, _encoding, done: TransformCallback) => {
        const pass = (): void => done(null, this.#spoil(direction, piece));
        if (this.#isSwallowing) this.#swallowed.push(pass);
        else pass();
      },
    });
  }

  #spoil(direction: Direction, piece: Buffer): Buffer {
    const begin = this.passed[direction];
    this.passed[direction] += piece.length;
    for (const flip of this.#flips) {
      const at = flip.at - begin;
      if (flip.direction !== direction || at < 0 || at >= piece.length) continue;
      piece[at]! ^= 1;
      this.#flips = this.#flips.filter((one) => one !== flip);
      if (flip.again) this.#flips.push({ ...flip, at: flip.at + 512 * 1024 });
    }
    for (const mark of this.#marks) {
      if (mark.direction !== direction || this.passed[direction] < mark.at) continue;
      this.#marks = this.#marks.filter((one) => one !== mark);
      mark.reached();
    }
    return piece;
  }
}
