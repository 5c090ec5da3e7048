// What a tracker promises over UDP alone: who has not proved its address gets nothing, and every datagram its own answer. BEP 15.
import { setTimeout as delay } from "node:timers/promises";
import { Mismatch, type Check } from "../check.ts";
import { announceRequest, connectRequest, transaction, withClient, type UdpClient } from "./udp-visitor.ts";
import { newPeer, newTorrent } from "./visitor.ts";

const QUIET_MS = 250;

export function udpChecks(url: string, timeoutMs: number): Check[] {
  const check = (name: string, promise: string, run: (client: UdpClient) => Promise<void>): Check => ({
    name: `udp-${name}`,
    promise,
    run: () => withClient(url, timeoutMs, run),
  });
  /** All that comes while nothing should. */
  const cameOf = async (client: UdpClient, request: Buffer): Promise<Buffer[]> => {
    const before = client.received.length;
    client.send(request);
    await delay(QUIET_MS);
    return client.received.slice(before);
  };

  return [
    check(
      "connect",
      "connect is answered with 16 bytes: action 0, the number of what was asked, an id",
      async (client) => {
        const request = connectRequest(transaction());
        const answer = await client.ask(request);
        if (answer.length !== 16 || answer.readUInt32BE() !== 0)
          throw new Mismatch(request.toString("hex"), "16 bytes that begin with 0", answer.toString("hex"));
      },
    ),

    check(
      "own-answers",
      "requests that come together are each answered, with their own numbers",
      async (client) => {
        const connection = await client.connect();
        const numbers = Array.from({ length: 8 }, transaction);
        const requests = numbers.map((number, at) =>
          announceRequest(connection, number, newPeer(newTorrent(), 6881 + at)),
        );
        await Promise.all(requests.map((request) => client.ask(request)));
      },
    ),

    check("connection-id", "an id that was not given opens nothing", async (client) => {
      const given = await client.connect();
      const infoHash = newTorrent();
      for (const guess of [0n, given ^ 1n, 0xffff_ffff_ffff_ffffn]) {
        const came = await cameOf(client, announceRequest(guess, transaction(), newPeer(infoHash, 6881)));
        if (came.some((datagram) => datagram.readUInt32BE() === 1))
          throw new Mismatch(
            "an announce with an id of our own making",
            "an error, or nothing",
            "an answer to it",
          );
      }
    }),

    check(
      "no-more-than-came",
      "who has proved nothing is sent no more than it has sent: nobody's flood is made larger",
      async (client) => {
        const strange = announceRequest(1n, transaction(), newPeer(newTorrent(), 6881));
        for (const request of [connectRequest(transaction()), strange, strange.subarray(0, 16)]) {
          const came = Buffer.concat(await cameOf(client, request));
          if (came.length > request.length)
            throw new Mismatch(`${request.length} bytes`, "no more in answer", `${came.length} bytes`);
        }
      },
    ),

    check("cut-off", "a datagram that is cut off is not served", async (client) => {
      const whole = announceRequest(await client.connect(), transaction(), newPeer(newTorrent(), 6881));
      for (const length of [0, 1, 15, 16, 97]) {
        const came = await cameOf(client, whole.subarray(0, length));
        if (came.some((datagram) => datagram.readUInt32BE() === 1))
          throw new Mismatch(
            `the first ${length} of 98 bytes`,
            "an error, or nothing",
            "an answer to an announce",
          );
      }
    }),

    check("longer", "an announce may be longer than 98 bytes: options follow it (BEP 41)", async (client) => {
      const announce = announceRequest(await client.connect(), transaction(), newPeer(newTorrent(), 6881));
      const answer = await client.ask(Buffer.concat([announce, Buffer.from("\x02\x01/\0")]));
      if (answer.readUInt32BE() !== 1)
        throw new Mismatch("an announce with options", "its answer", answer.toString("latin1"));
    }),

    check("after-garbage", "who sends nonsense harms nobody else", async (client) => {
      for (const length of [0, 7, 16, 98, 1400]) client.send(Buffer.alloc(length, 0xff));
      await client.connect();
    }),
  ];
}
