// Visits a tracker over UDP (BEP 15), datagram by datagram. Checks nothing.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { compactPeers } from "./http-visitor.ts";
import type { Counts, Told, Visit, Visitor } from "./visitor.ts";

const TRIES = 3;
const events = [undefined, "completed", "started", "stopped"];

export function connectRequest(number: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(0x41727101980n);
  bytes.writeUInt32BE(number, 12);
  return bytes;
}

/** 98 bytes. */
export function announceRequest(connection: bigint, number: number, visit: Visit): Buffer {
  const bytes = Buffer.alloc(98);
  bytes.writeBigUInt64BE(connection);
  bytes.writeUInt32BE(1, 8);
  bytes.writeUInt32BE(number, 12);
  visit.infoHash.copy(bytes, 16);
  visit.peerId.copy(bytes, 36);
  bytes.writeBigUInt64BE(BigInt(visit.left ?? 100), 64);
  bytes.writeUInt32BE(events.indexOf(visit.event), 80);
  Buffer.from((visit.claimedIp ?? "0.0.0.0").split(".").map(Number)).copy(bytes, 84);
  bytes.writeUInt32BE(visit.key ?? 0, 88);
  bytes.writeInt32BE(visit.numWant ?? -1, 92);
  bytes.writeUInt16BE(visit.port, 96);
  return bytes;
}

/** A socket that speaks with one tracker. */
export class UdpClient {
  readonly received: Buffer[] = [];
  readonly #socket: Socket;
  readonly #timeoutMs: number;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on("message", (datagram) => this.received.push(datagram));
    socket.on("error", () => {});
  }

  static async open(url: string, timeoutMs: number): Promise<UdpClient> {
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/gu, "");
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.connect(Number(port), host);
    await once(socket, "connect");
    return new UdpClient(socket, timeoutMs);
  }

  send(bytes: Buffer): void {
    this.#socket.send(bytes);
  }

  /** The answer that bears this transaction's number; UDP promises no arrival, so it is asked for again. */
  async ask(request: Buffer): Promise<Buffer> {
    for (let tries = 0; tries < TRIES; tries++) {
      this.send(request);
      const answer = await this.answerTo(request, this.#timeoutMs / TRIES);
      if (answer !== undefined) return answer;
    }
    throw new Error("no answer with the number of what was asked");
  }

  async answerTo(request: Buffer, withinMs: number): Promise<Buffer | undefined> {
    const isIt = (datagram: Buffer): boolean =>
      datagram.length >= 8 && datagram.readUInt32BE(4) === request.readUInt32BE(12);
    for (const endMs = Date.now() + withinMs; Date.now() < endMs;) {
      const answer = this.received.find(isIt);
      if (answer !== undefined) return answer;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return undefined;
  }

  async connect(): Promise<bigint> {
    const answer = await this.ask(connectRequest(transaction()));
    if (answer.length < 16 || answer.readUInt32BE() !== 0)
      throw new Error(`no answer to connect: ${answer.toString("hex")}`);
    return answer.readBigUInt64BE(8);
  }

  close(): void {
    this.#socket.close();
  }
}

export function transaction(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

export async function withClient<T>(
  url: string,
  timeoutMs: number,
  use: (client: UdpClient) => Promise<T>,
): Promise<T> {
  const client = await UdpClient.open(url, timeoutMs);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

export function udpVisitor(url: string, timeoutMs: number): Visitor {
  return {
    announce: (visit): Promise<Told> =>
      withClient(url, timeoutMs, async (client) => {
        const answer = await client.ask(announceRequest(await client.connect(), transaction(), visit));
        if (answer.length < 20 || answer.readUInt32BE() !== 1)
          throw new Error(`no answer to announce: ${answer.toString("latin1")}`);
        const [intervalSeconds, leechers, seeds] = [8, 12, 16].map((at) => answer.readUInt32BE(at));
        const peers = compactPeers(answer.subarray(20));
        return { intervalSeconds: intervalSeconds!, leechers: leechers!, seeds: seeds!, peers };
      }),
    scrape: (infoHash): Promise<Counts> =>
      withClient(url, timeoutMs, async (client) => {
        const request = Buffer.alloc(36);
        request.writeBigUInt64BE(await client.connect());
        request.writeUInt32BE(2, 8);
        request.writeUInt32BE(transaction(), 12);
        infoHash.copy(request, 16);
        const answer = await client.ask(request);
        if (answer.length < 20 || answer.readUInt32BE() !== 2)
          throw new Error(`no answer to scrape: ${answer.toString("latin1")}`);
        const [seeds, completed, leechers] = [8, 12, 16].map((at) => answer.readUInt32BE(at));
        return { seeds: seeds!, completed: completed!, leechers: leechers! };
      }),
  };
}
