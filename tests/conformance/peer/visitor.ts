// Somebody who talks with the peer under test, and what is usual among peers. Checks nothing that was not asked.
import { randomBytes } from "node:crypto";
import { Mismatch, NotSpoken, assertSame, type Check } from "../check.ts";
import { bdecode, bencode, type BencodedDictionary, type Encodable } from "./bencode.ts";
import type { Subject } from "./subject.ts";
import type { Part, Torrent } from "./torrent.ts";
import { id, nameOfId, reservedBytes, Wire, type Handshake, type Message } from "./wire.ts";

let visitors = 0;

/** Each has an address of its own: what one is blamed for must not fall on another. */
export function nextHost(): string {
  const number = visitors++ % 60_000;
  return `127.0.${10 + Math.floor(number / 250)}.${1 + (number % 250)}`;
}

export const newPeerId = (): Buffer => Buffer.concat([Buffer.from("-CT0000-"), randomBytes(12)]);

export interface VisitOptions {
  /** What the handshake says that we know (all). */
  readonly reserved?: Buffer;
  readonly host?: string;
}

export class Visitor {
  readonly wire: Wire;
  readonly torrent: Torrent;
  readonly host: string;
  /** The peer under test, as it has introduced itself. */
  remote: Handshake = { reserved: Buffer.alloc(8), infoHash: Buffer.alloc(20), peerId: Buffer.alloc(20) };

  constructor(wire: Wire, torrent: Torrent, host: string) {
    this.wire = wire;
    this.torrent = torrent;
    this.host = host;
  }

  /** Connected, and nothing said. */
  static async dial(subject: Subject, timeoutMs: number, host: string = nextHost()): Promise<Visitor> {
    const wire = await Wire.dial(subject.host, subject.port, timeoutMs, host);
    return new Visitor(wire, subject.torrent, host);
  }

  /** Says who we are, and waits for the answer. */
  async greet(reserved: Buffer = reservedBytes()): Promise<this> {
    this.wire.sendHandshake(this.torrent.infoHash, newPeerId(), reserved);
    this.remote = await this.wire.handshake();
    return this;
  }

  get isFast(): boolean {
    return (this.remote.reserved[7]! & 0x04) !== 0;
  }

  /** @throws NotSpoken */
  needsFast(): this {
    if (!this.isFast) throw new NotSpoken("it does not know BEP 6");
    return this;
  }

  /** @throws NotSpoken */
  needsExtensions(): this {
    if ((this.remote.reserved[5]! & 0x10) === 0) throw new NotSpoken("it does not know BEP 10");
    return this;
  }

  /** Is interested, until it may ask. */
  async unchoked(): Promise<this> {
    this.wire.send(id.interested);
    await this.wire.take(id.unchoke, "interested");
    return this;
  }

  ask(...parts: readonly Part[]): void {
    for (const { piece, begin, length } of parts) this.wire.send(id.request, piece, begin, length);
  }

  /** Asks for a part, and compares what comes. */
  async fetch(part: Part): Promise<void> {
    this.ask(part);
    await this.fetched(part);
  }

  async fetched(part: Part): Promise<void> {
    const came = await this.wire.take(
      (each) => each.id === id.piece && isPart(each, part),
      words(part),
      "the block",
    );
    assertSame(Buffer.from(words(part)), this.torrent.bytesOf(part), came.payload.subarray(8));
  }

  /** What the other side says in its extension handshake (BEP 10). */
  async extensions(): Promise<BencodedDictionary> {
    this.needsExtensions();
    const came = await this.wire.take(
      ({ id: number, payload }) => number === id.extended && payload[0] === 0,
      "a handshake with the bit of BEP 10",
      "an extension handshake",
    );
    return dictionaryOf(came.payload.subarray(1));
  }

  sendExtended(number: number, value: Encodable, rest: Uint8Array = Buffer.alloc(0)): void {
    this.wire.send(id.extended, Buffer.from([number]), bencode(value), rest);
  }

  /** The number that the other side wants for an extension. @throws NotSpoken */
  async numberOf(name: string): Promise<number> {
    const number = ((await this.extensions()).get("m") as BencodedDictionary | undefined)?.get(name);
    if (typeof number !== "number" || number === 0) throw new NotSpoken(`it does not know ${name}`);
    return number;
  }
}

export function dictionaryOf(bytes: Buffer): BencodedDictionary {
  const { value } = bdecode(bytes);
  if (!(value instanceof Map)) throw new Mismatch("", "a dictionary", bytes.toString("latin1"));
  return value;
}

export const isPart = ({ id: number, payload }: Message, { piece, begin, length }: Part): boolean =>
  payload.readUInt32BE(0) === piece &&
  payload.readUInt32BE(4) === begin &&
  (number === id.piece ? payload.length - 8 : payload.readUInt32BE(8)) === length;

export const partOf = ({ payload }: Message): Part => ({
  piece: payload.readUInt32BE(0),
  begin: payload.readUInt32BE(4),
  length: payload.readUInt32BE(8),
});

export const words = ({ piece, begin, length }: Part): string =>
  `request of ${length} bytes from byte ${begin} of piece ${piece}`;

/** @throws Mismatch when it does not hold. */
export function expect(holds: boolean, sent: string, expected: string, came: string): void {
  if (!holds) throw new Mismatch(sent, expected, came);
}

export const namesOf = (messages: readonly Message[]): string =>
  messages.map(({ id: number }) => nameOfId(number)).join(", ") || "nothing";

export interface Visits {
  readonly subject: Subject;
  readonly torrent: Torrent;
  readonly timeoutMs: number;
  /** Connected, and nothing said. */
  dial(): Promise<Visitor>;
  /** Both have introduced themselves. */
  greeted(options?: VisitOptions): Promise<Visitor>;
  /** That, and it may ask. */
  unchoked(options?: VisitOptions): Promise<Visitor>;
}

export type MakeCheck = (name: string, promise: string, body: (visits: Visits) => Promise<void>) => Check;

/** Makes checks of one seed that all of them visit, each with conversations of its own. */
export function checksWith(subject: Subject, timeoutMs: number, prefix = "seed"): MakeCheck {
  // Who has passed a check has answered in it; to ask again would take some a second each time.
  let hasAnswered = true;
  return (name, promise, body) => ({
    name: `${prefix}-${name}`,
    promise,
    run: async () => {
      const open: Visitor[] = [];
      // An earlier check may have been its end.
      if (!hasAnswered || !subject.isAlive) await subject.ensure();
      hasAnswered = false;
      try {
        await body(visitsOf(subject, timeoutMs, open));
      } finally {
        for (const { wire } of open) wire.close();
      }
      expect(subject.isAlive, "", "that it still runs", `it has ended: ${subject.output.slice(-500)}`);
      hasAnswered = true;
    },
  });
}

export function visitsOf(subject: Subject, timeoutMs: number, open: Visitor[]): Visits {
  const dial = async (host?: string): Promise<Visitor> => {
    const visitor = await Visitor.dial(subject, timeoutMs, host);
    open.push(visitor);
    return visitor;
  };
  const greeted = async ({ reserved, host }: VisitOptions = {}): Promise<Visitor> =>
    (await dial(host)).greet(reserved);
  const { torrent } = subject;
  return {
    subject,
    torrent,
    timeoutMs,
    dial,
    greeted,
    unchoked: async (options) => (await greeted(options)).unchoked(),
  };
}
