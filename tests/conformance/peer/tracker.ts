// A tracker as small as can be (BEP 3, 23): it tells who asks of the peers that it was given. Knows no torrent.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { bencode } from "./bencode.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export class TinyTracker implements AsyncDisposable {
  /** What it was asked, in order: the query's fields, binary ones as latin1. */
  readonly asked: ReadonlyMap<string, string>[] = [];
  readonly peers: Address[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const query = request.url?.split("?")[1] ?? "";
      const fields = query.split("&").map((field) => field.split("=") as [string, string | undefined]);
      this.asked.push(new Map(fields.map(([name, value = ""]) => [name, latin1(value)])));
      const peers = Buffer.concat(this.peers.map(compact));
      response.end(bencode({ complete: 0, incomplete: 0, interval: 1800, peers }));
    });
  }

  static async start(): Promise<TinyTracker> {
    const tracker = new TinyTracker();
    tracker.#server.listen(0, "127.0.0.1");
    await once(tracker.#server, "listening");
    return tracker;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/announce`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Percent-encoding of bytes that need be no UTF-8. */
function latin1(value: string): string {
  return value
    .replaceAll("+", " ")
    .replaceAll(/%([\da-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function compact({ host, port }: Address): Buffer {
  return Buffer.from([...host.split(".").map(Number), port >> 8, port & 0xff]);
}
