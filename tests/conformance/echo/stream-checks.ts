// What RFC 862 promises over TCP, and the same over TLS: every byte comes back, in order, until the client has ended.
import { setTimeout as delay } from "node:timers/promises";
import { assertSame, everyByte, Mismatch, shown, someBytes, type Check } from "../check.ts";
import { StreamClient, type Place } from "./stream-client.ts";

const QUIET_MS = 250;
const text = (value: string): Uint8Array => Buffer.from(value);

export function streamChecks(place: Place, timeoutMs: number): Check[] {
  const withClient = async <T>(use: (client: StreamClient) => Promise<T>): Promise<T> => {
    const client = await StreamClient.open(place, timeoutMs);
    try {
      return await use(client);
    } finally {
      client.close();
    }
  };
  const echoes = async (client: StreamClient, bytes: Uint8Array): Promise<void> => {
    const before = client.received.length;
    client.send(bytes);
    const came = await client.bytes(before + bytes.length);
    assertSame(bytes, bytes, came.subarray(before), ending(client));
  };
  const check = (name: string, promise: string, run: () => Promise<void>): Check => ({
    name: `${place.transport}-${name}`,
    promise,
    run,
  });

  const checks = [
    check("same-bytes", "what is sent comes back", () =>
      withClient((client) => echoes(client, text("hello"))),
    ),

    check("every-byte", "each of the 256 values comes back unchanged", () =>
      withClient((client) => echoes(client, everyByte)),
    ),

    check("at-once", "a single byte comes back at once: not only after a newline, or after the end", () =>
      withClient((client) => echoes(client, text("x"))),
    ),

    check("nothing-more", "nothing comes that was not sent", () =>
      withClient(async (client) => {
        const bytes = text("once only");
        await echoes(client, bytes);
        await delay(QUIET_MS);
        assertSame(bytes, bytes, client.received, ending(client));
      }),
    ),

    check("in-order", "pieces sent one after the other come back in the same order", () =>
      withClient(async (client) => {
        const pieces = Array.from({ length: 50 }, (_, i) => text(`piece ${i}\r\n`));
        for (const piece of pieces) {
          client.send(piece);
          await delay(1);
        }
        const whole = Buffer.concat(pieces);
        assertSame(whole, whole, await client.bytes(whole.length), ending(client));
      }),
    ),

    check("long", "1 MiB comes back whole", () =>
      withClient((client) => echoes(client, someBytes(1024 * 1024))),
    ),

    check("stays-open", "the server does not end the conversation while the client has not", () =>
      withClient(async (client) => {
        await echoes(client, text("first"));
        await delay(QUIET_MS);
        if (client.ending !== undefined)
          throw new Mismatch(`5 bytes "first"`, "an open connection", client.ending);
        await echoes(client, text("second"));
      }),
    ),

    check("two-at-a-time", "two clients at a time get their own bytes back", () =>
      withClient((one) =>
        withClient(async (two) => {
          for (let round = 0; round < 5; round++) {
            one.send(text(`one ${round}`));
            two.send(text(`two ${round}`));
            await Promise.all([one.bytes(5 * (round + 1)), two.bytes(5 * (round + 1))]);
          }
          for (const [client, name] of [
            [one, "one"],
            [two, "two"],
          ] as const) {
            const expected = text(Array.from({ length: 5 }, (_, round) => `${name} ${round}`).join(""));
            assertSame(expected, expected, client.received, ending(client));
          }
        }),
      ),
    ),

    check("silent-client", "a client that says nothing holds up nobody", () =>
      withClient(() => withClient((client) => echoes(client, text("me first")))),
    ),

    check("who-does-not-read", "a client that sends and does not read holds up nobody", () =>
      withClient(async (glutton) => {
        glutton.stopReading();
        glutton.send(someBytes(8 * 1024 * 1024));
        await withClient((client) => echoes(client, text("still there?")));
      }),
    ),

    check("after-a-reset", "a client that breaks off harms nobody else", async () => {
      const rude = await StreamClient.open(place, timeoutMs);
      rude.send(someBytes(1000));
      if (place.transport === "tcp") rude.reset();
      else rude.close();
      await withClient((client) => echoes(client, text("still there?")));
    }),
  ];
  // Node.js has no half-closed TLS connections.
  if (place.transport !== "tcp") return checks;
  return [
    ...checks,
    check(
      "until-the-end",
      "what was sent just before the client ended still comes back, then the server ends too",
      () =>
        withClient(async (client) => {
          const bytes = someBytes(100_000);
          client.send(bytes);
          client.endSending();
          assertSame(bytes, bytes, await client.rest(), ending(client));
          if (client.ending !== "the server closed") {
            throw new Mismatch(`${shown(bytes)}, then the end`, "the end", client.ending ?? "nothing more");
          }
        }),
    ),
    check("end-alone", "a client that ends without a word is answered by the end, without a word", () =>
      withClient(async (client) => {
        client.endSending();
        const came = await client.rest();
        assertSame(text(""), text(""), came);
        if (client.ending === undefined) throw new Mismatch("the end", "the end", "nothing");
      }),
    ),
  ];
}

function ending(client: StreamClient): string {
  return client.ending === undefined ? "" : `, then ${client.ending}`;
}
