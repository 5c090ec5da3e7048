// The tracker as a process, as a user would start it, and a client's socket that says whatever a test wants. Promises nothing.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { TestApp, TestProcess } from "@socketlab/core/test-kit";
import {
  decodeUdpReply,
  encodeUdpRequest,
  type UdpReply,
  type UdpRequest,
} from "../../src/tracker/udp-messages.ts";

export const app: TestApp = new TestApp(new URL("../../src/main.js", import.meta.url));

export interface RunningTracker {
  readonly process: TestProcess;
  /** Of its doors, in order. */
  readonly urls: readonly string[];
  readonly http: string;
  readonly udp: string;
}

export async function startTracker(
  flags: readonly string[] = [],
  doors: readonly string[] = ["http://127.0.0.1:0", "udp://127.0.0.1:0"],
): Promise<RunningTracker> {
  const listen = doors.flatMap((door) => ["--listen", door]);
  const process = TestProcess.start(globalThis.process.execPath, [
    app.main,
    "tracker",
    ...listen,
    "--json",
    ...flags,
  ]);
  const urls = await process.listening();
  return { process, urls, http: urls[0]!, udp: urls[1] ?? "" };
}

/** A UDP socket of a client's. */
export class Datagrams implements Disposable {
  readonly #socket: ReturnType<typeof createSocket>;
  readonly #to: URL;

  constructor(url: string, from = "127.0.0.1") {
    this.#to = new URL(url);
    this.#socket = createSocket(from.includes(":") ? "udp6" : "udp4");
    this.#socket.bind(0, from);
  }

  send(datagram: Uint8Array): void {
    this.#socket.send(datagram, Number(this.#to.port), this.#to.hostname.replaceAll(/[[\]]/g, ""));
  }

  /** The next datagram; undefined: none within a while. */
  async receive(withinMs = 5000): Promise<Uint8Array | undefined> {
    const signal = AbortSignal.timeout(withinMs);
    return once(this.#socket, "message", { signal }).then(
      ([datagram]) => datagram as Uint8Array,
      () => undefined,
    );
  }

  async ask(request: UdpRequest): Promise<UdpReply> {
    const reply = this.receive();
    this.send(encodeUdpRequest(request));
    return decodeUdpReply((await reply)!, this.#to.hostname.startsWith("[") ? 6 : 4);
  }

  async connect(): Promise<bigint> {
    const reply = await this.ask({ action: "connect", transactionId: 1 });
    if (reply.action !== "connect") throw new Error(`no connection, but ${reply.action}`);
    return reply.connectionId;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
