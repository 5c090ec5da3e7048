// The messages that two peers exchange, byte by byte as BEP 3, 6 and 10 have them; and what becomes of bytes that are none.
import fc from "fast-check";
import { listen, ProtocolError, VirtualClock, VirtualNetwork, type Endpoint } from "@socketlab/core";
import { describe, expect, test } from "vitest";
import type { PeerSocket } from "../src/peer/conversation.ts";
import { peerWire, type PeerMessage } from "../src/protocol.ts";

const endpoint: Endpoint = { transport: "tcp", host: "10.0.0.1", port: 6881, path: "" };
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const ascii = (text: string): Buffer => Buffer.from(text, "latin1");

const [reserved, infoHash] = [hex("0000000000100004"), hex("aa".repeat(20))];
const peerId = ascii("-SL0100-abcdefghijkl");
const handshake = Buffer.concat([hex("13"), ascii("BitTorrent protocol"), reserved, infoHash, peerId]);
const part = { piece: 1, begin: 0x4000, length: 0x4000 };

const messages: readonly [bytes: string, message: PeerMessage][] = [
  ["00000000", { type: "keepAlive" }],
  ["00000001 00", { type: "choke" }],
  ["00000001 01", { type: "unchoke" }],
  ["00000001 02", { type: "interested" }],
  ["00000001 03", { type: "notInterested" }],
  ["00000005 04 0000000a", { type: "have", piece: 10 }],
  ["00000003 05 ff80", { type: "bitfield", bits: hex("ff80") }],
  ["0000000d 06 00000001 00004000 00004000", { type: "request", ...part }],
  ["0000000c 07 00000001 00004000 616263", { type: "piece", piece: 1, begin: 0x4000, block: ascii("abc") }],
  ["0000000d 08 00000001 00004000 00004000", { type: "cancel", ...part }],
  ["00000003 09 1ae1", { type: "port", port: 6881 }],
  ["00000005 0d 00000002", { type: "suggest", piece: 2 }],
  ["00000001 0e", { type: "haveAll" }],
  ["00000001 0f", { type: "haveNone" }],
  ["0000000d 10 00000001 00004000 00004000", { type: "reject", ...part }],
  ["00000005 11 ffffffff", { type: "allowedFast", piece: 2 ** 32 - 1 }],
  ["00000004 14 03 6465", { type: "extended", extension: 3, payload: ascii("de") }],
];

interface Line {
  /** As somebody who is no peer of ours may. */
  write(bytes: Uint8Array): void;
  end(): void;
  readonly bytes: Buffer[];
  readonly socket: PeerSocket;
}

/** One who waits, and bytes from and to whoever has dialled it. */
async function line(clock: VirtualClock): Promise<Line> {
  const network = new VirtualNetwork({ clock });
  const listener = await listen(peerWire, endpoint, { network });
  const wire = await network.dial(endpoint);
  if (wire.kind !== "stream") throw new Error("that is no stream");
  const bytes: Buffer[] = [];
  wire.open({
    onReceived: (chunk) => void bytes.push(Buffer.from(chunk as Uint8Array)),
    onDrained: () => {},
    onEnded: () => {},
    onClosed: () => {},
  });
  const { value: socket } = await listener[Symbol.asyncIterator]().next();
  return {
    write: (some) => wire.write([some]),
    end: () => wire.end({ code: 1000, text: "" }),
    bytes,
    socket: socket as PeerSocket,
  };
}

interface Heard {
  readonly messages: PeerMessage[];
  readonly error: unknown;
}

/** Everything that arrives, copied; and why there is no more. */
async function heard(socket: PeerSocket): Promise<Heard> {
  const all: PeerMessage[] = [];
  try {
    for await (const message of socket) all.push(structuredClone(message));
  } catch (error) {
    return { messages: all, error };
  }
  return { messages: all, error: undefined };
}

async function hear(clock: VirtualClock, chunks: readonly Uint8Array[]): Promise<Heard> {
  const own = await line(clock);
  for (const chunk of chunks) own.write(chunk);
  own.end();
  return clock.run(heard(own.socket), 60_000);
}

const bare = (message: PeerMessage): unknown =>
  Object.fromEntries(
    Object.entries(message).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
    ]),
  );
const first: PeerMessage = {
  type: "handshake",
  protocol: ascii("BitTorrent protocol"),
  reserved,
  infoHash,
  peerId,
};

describe("each message", () => {
  test.each(messages)("%s is read as %o", async (bytes, message) => {
    const { messages: came, error } = await hear(new VirtualClock(), [handshake, hex(bytes)]);
    expect([came.map(bare), error]).toEqual([[bare(first), bare(message)], undefined]);
  });

  test.each(messages)("%s is written for %o", async (bytes, message) => {
    const clock = new VirtualClock();
    const { socket, bytes: came } = await line(clock);
    await socket.send(first);
    await socket.send(message);
    await clock.advance(1000);
    expect(Buffer.concat(came).toString("hex")).toBe(Buffer.concat([handshake, hex(bytes)]).toString("hex"));
  });

  test("is read the same however the network has cut it up", async () => {
    const stream = Buffer.concat([handshake, ...messages.map(([bytes]) => hex(bytes))]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(stream.length), { maxLength: 20 }), async (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const chunks = at.slice(1).map((end, index) => stream.subarray(at[index], end));
        const { messages: came, error } = await hear(new VirtualClock(), chunks);
        expect([came.map(bare), error]).toEqual([
          [first, ...messages.map(([, message]) => message)].map(bare),
          undefined,
        ]);
      }),
      { numRuns: 50 },
    );
  });
});

test("any other bytes are messages, or are refused as the remote side's fault, and nothing else", async () => {
  const valid = fc.constantFrom(...messages.map(([bytes]) => hex(bytes)));
  const piece = fc.oneof(valid, fc.uint8Array({ maxLength: 12 }), fc.constant(hex("7fffffff")));
  const change = fc.tuple(fc.nat(), fc.nat(255));
  const known = new Set<string>(["handshake", ...messages.map(([, { type }]) => type)]);
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 8 }),
      fc.array(change, { maxLength: 3 }),
      async (pieces, changes) => {
        const bytes = Buffer.concat([handshake, ...pieces]);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const { messages: came, error } = await hear(new VirtualClock(), [bytes]);
        expect(came.filter(({ type }) => !known.has(type))).toEqual([]);
        if (error === undefined) return;
        refused++;
        expect(error).toBeInstanceOf(ProtocolError);
      },
    ),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(50);
});
