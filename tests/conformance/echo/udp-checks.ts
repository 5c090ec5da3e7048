// What RFC 862 promises over UDP: the data of each datagram comes back in an answering datagram.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { assertSame, everyByte, Mismatch, shown, someBytes, type Check } from "../check.ts";
import type { Place } from "./stream-client.ts";

const QUIET_MS = 250;
const TRIES = 3;

class UdpClient {
  readonly #socket: Socket;
  readonly received: Buffer[] = [];
  #changed: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (datagram) => {
      this.received.push(datagram);
      this.#changed();
    });
    socket.on("error", () => {});
  }

  static async open({ host, port }: Place): Promise<UdpClient> {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    // Connected: an answer from another address or port is not let in.
    socket.connect(port, host);
    await once(socket, "connect");
    return new UdpClient(socket);
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** Waits for `count` datagrams in all, at most `timeoutMs`. */
  wait(count: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(), timeoutMs);
      this.#changed = () => {
        if (this.received.length < count) return;
        clearTimeout(timer);
        resolve();
      };
      this.#changed();
    });
  }

  close(): void {
    this.#socket.close();
  }
}

export function udpChecks(place: Place, timeoutMs: number): Check[] {
  const withClient = async (use: (client: UdpClient) => Promise<void>): Promise<void> => {
    const client = await UdpClient.open(place);
    try {
      await use(client);
    } finally {
      client.close();
    }
  };
  /** UDP promises no arrival: a datagram may be said again. */
  const echoes = async (client: UdpClient, bytes: Uint8Array): Promise<void> => {
    const before = client.received.length;
    for (let tries = 0; tries < TRIES && client.received.length === before; tries++) {
      client.send(bytes);
      await client.wait(before + 1, timeoutMs / TRIES);
    }
    const came = client.received[before];
    if (came === undefined)
      throw new Mismatch(`a datagram of ${shown(bytes)}`, "the same datagram", "nothing");
    assertSame(bytes, bytes, came);
  };
  const check = (name: string, promise: string, run: () => Promise<void>): Check => ({
    name: `udp-${name}`,
    promise,
    run,
  });

  return [
    check("same-datagram", "the data of a datagram comes back", () =>
      withClient((client) => echoes(client, Buffer.from("hello"))),
    ),
    check("every-byte", "each of the 256 values comes back unchanged", () =>
      withClient((client) => echoes(client, everyByte)),
    ),
    check("boundaries", "three datagrams come back as three", () =>
      withClient(async (client) => {
        const sent = ["a", "bb", "ccc"];
        for (const data of sent) client.send(Buffer.from(data));
        await client.wait(3, timeoutMs);
        const came = client.received.map(String).toSorted();
        if (came.join() !== sent.join()) {
          throw new Mismatch("datagrams a, bb, ccc", "datagrams a, bb, ccc", `datagrams ${came.join(", ")}`);
        }
      }),
    ),
    check("one-answer", "a datagram is answered once", () =>
      withClient(async (client) => {
        client.send(Buffer.from("once"));
        await client.wait(1, timeoutMs);
        await delay(QUIET_MS);
        if (client.received.length !== 1)
          throw new Mismatch("1 datagram", "1 datagram", `${client.received.length} datagrams`);
      }),
    ),
    check("large", "8,192 bytes come back in one datagram", () =>
      withClient((client) => echoes(client, someBytes(8192))),
    ),
    check("two-at-a-time", "two clients at a time get their own datagrams back", () =>
      withClient((one) =>
        withClient(async (two) => {
          for (let round = 0; round < 5; round++) {
            await Promise.all([
              echoes(one, Buffer.from(`one ${round}`)),
              echoes(two, Buffer.from(`two ${round}`)),
            ]);
          }
        }),
      ),
    ),
  ];
}
