// A conversation with a peer, byte by byte: handshake and messages of BEP 3, 6 and 10. Keeps no rule, and so can break each.
import { connect, type Socket } from "node:net";
import { Mismatch, shown } from "../check.ts";

export const PROTOCOL = Buffer.from("\x13BitTorrent protocol", "latin1");
export const BLOCK_BYTES = 16_384;
const HANDSHAKE_BYTES = 68;
const LONGEST_BYTES = 2 ** 22;

export const id = {
  keepAlive: -1,
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
} as const;

export const nameOfId = (number: number): string =>
  Object.entries(id).find(([, each]) => each === number)?.[0] ?? `message ${number}`;

export interface Message {
  /** -1 for a keep-alive. */
  readonly id: number;
  readonly payload: Buffer;
  readonly atMs: number;
}

export interface Handshake {
  readonly reserved: Buffer;
  readonly infoHash: Buffer;
  readonly peerId: Buffer;
}

/** BEP 10 and BEP 6 in the reserved bytes. */
export function reservedBytes({ extensions = true, fast = true } = {}): Buffer {
  return Buffer.from([0, 0, 0, 0, 0, extensions ? 0x10 : 0, 0, fast ? 0x04 : 0]);
}

/** A message with its length; numbers are of four bytes. */
export function message(number: number, ...fields: readonly (number | Uint8Array)[]): Buffer {
  const parts = fields.map((field) => {
    if (typeof field !== "number") return field;
    const four = Buffer.alloc(4);
    four.writeUInt32BE(field);
    return four;
  });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + parts.reduce((sum, { length }) => sum + length, 0));
  head[4] = number;
  return Buffer.concat([head, ...parts]);
}

export const keepAliveBytes = Buffer.alloc(4);

export class Wire {
  readonly socket: Socket;
  readonly timeoutMs: number;
  /** Everything that has come, in order; `take` leaves it here. */
  readonly came: Message[] = [];
  /** Called with each message as it comes. */
  onMessage: (came: Message) => void = () => {};
  greeting: Handshake | undefined;
  isOver = false;
  /** What came and is no message. */
  garbage: string | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #taken = new Set<Message>();
  #waiting: (() => void)[] = [];

  constructor(socket: Socket, timeoutMs: number) {
    this.socket = socket.setNoDelay();
    this.timeoutMs = timeoutMs;
    socket.on("data", (bytes: Buffer) => this.#hear(bytes));
    socket.on("error", () => {});
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
  }

  /** @param localHost from which address of this machine, where all of 127.0.0.0/8 is its. @throws Error when nobody is there. */
  static async dial(host: string, port: number, timeoutMs: number, localHost: string): Promise<Wire> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const from = process.platform === "linux" ? { localAddress: localHost } : {};
    const socket = connect({ host, port, ...from });
    socket.once("connect", resolve).once("error", reject);
    const timer = setTimeout(() => socket.destroy(new Error(`no connection to ${host}:${port}`)), timeoutMs);
    await promise.finally(() => clearTimeout(timer));
    return new Wire(socket, timeoutMs);
  }

  write(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  send(number: number, ...fields: readonly (number | Uint8Array)[]): void {
    this.write(message(number, ...fields));
  }

  sendHandshake(infoHash: Uint8Array, peerId: Uint8Array, reserved: Uint8Array = reservedBytes()): void {
    this.write(Buffer.concat([PROTOCOL, reserved, infoHash, peerId]));
  }

  /** Waits for the other side's handshake. @throws Mismatch when none comes. */
  async handshake(sent = "a handshake"): Promise<Handshake> {
    await this.#until(() => this.greeting !== undefined || this.isOver);
    if (this.greeting === undefined) throw new Mismatch(sent, "a handshake", this.#otherwise());
    return this.greeting;
  }

  /** The first message of this kind that was not taken before. @throws Mismatch when none comes in time. */
  async take(
    wanted: number | ((came: Message) => boolean),
    sent: string,
    expected = typeof wanted === "number" ? nameOfId(wanted) : "another message",
  ): Promise<Message> {
    const found = await this.#find(wanted, this.timeoutMs);
    if (found === undefined) throw new Mismatch(sent, expected, this.#otherwise());
    return found;
  }

  /** The same, but nothing may come for as long. */
  async within(ms: number, wanted: number | ((came: Message) => boolean)): Promise<Message | undefined> {
    return this.#find(wanted, ms);
  }

  async #find(wanted: number | ((came: Message) => boolean), ms: number): Promise<Message | undefined> {
    const fits = typeof wanted === "number" ? (came: Message): boolean => came.id === wanted : wanted;
    const find = (): Message | undefined => this.came.find((came) => !this.#taken.has(came) && fits(came));
    await this.#until(() => this.isOver || find() !== undefined, ms);
    const found = find();
    if (found !== undefined) this.#taken.add(found);
    return found;
  }

  /** Whether the other side hangs up in time. */
  async ends(ms: number = this.timeoutMs): Promise<boolean> {
    await this.#until(() => this.isOver, ms);
    return this.isOver;
  }

  close(): void {
    this.socket.destroy();
    this.#end();
  }

  /** What has come that nobody has taken, for people. */
  get rest(): string {
    const rest = this.came.filter((came) => !this.#taken.has(came));
    const words = rest.slice(0, 12).map(({ id: number }) => nameOfId(number));
    return words.join(", ") + (rest.length > 12 ? `, and ${rest.length - 12} more` : "");
  }

  #otherwise(): string {
    const ending = this.isOver ? "then the end" : `nothing else in ${this.timeoutMs} ms`;
    return [this.garbage, this.rest, ending].filter(Boolean).join(", ");
  }

  #hear(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    if (this.greeting === undefined) {
      if (this.#bytes.length < HANDSHAKE_BYTES) return;
      if (!this.#bytes.subarray(0, 20).equals(PROTOCOL)) return this.#broken(shown(this.#bytes));
      const [reserved, infoHash, peerId] = [
        [20, 28],
        [28, 48],
        [48, 68],
      ].map(([from, to]) => Buffer.from(this.#bytes.subarray(from, to))) as [Buffer, Buffer, Buffer];
      this.greeting = { reserved, infoHash, peerId };
      this.#bytes = this.#bytes.subarray(HANDSHAKE_BYTES);
    }
    while (this.#bytes.length >= 4) {
      const length = this.#bytes.readUInt32BE(0);
      if (length > LONGEST_BYTES) return this.#broken(`a message of ${length} bytes`);
      if (this.#bytes.length < 4 + length) break;
      const number = length === 0 ? id.keepAlive : this.#bytes[4]!;
      const payload = Buffer.from(this.#bytes.subarray(Math.min(5, 4 + length), 4 + length));
      this.#bytes = this.#bytes.subarray(4 + length);
      const came = { id: number, payload, atMs: performance.now() };
      this.came.push(came);
      this.onMessage(came);
    }
    this.#wake();
  }

  #broken(what: string): void {
    this.garbage = what;
    this.close();
  }

  #end(): void {
    this.isOver = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #until(holds: () => boolean, ms = this.timeoutMs): Promise<void> {
    const untilMs = performance.now() + ms;
    for (let leftMs = ms; !holds() && leftMs > 0; leftMs = untilMs - performance.now()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      const timer = setTimeout(resolve, leftMs);
      await promise;
      clearTimeout(timer);
    }
  }
}
