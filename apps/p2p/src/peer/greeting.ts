// How two peers greet each other: the handshake of BEP 3, from either side. Knows no torrent but by its name.
import { ClosedError, ProtocolError, TimeoutError, type Clock } from "@socketlab/core";
import type { PeerMessage } from "../protocol.ts";
import { hexOf } from "../hex.ts";
import type { PeerSocket } from "./conversation.ts";

const PROTOCOL = new TextEncoder().encode("BitTorrent protocol");
const TIMEOUT_MS = 10_000;
// Bits of the 8 reserved bytes: the byte, and the bit in it.
const EXTENSIONS = [5, 0x10] as const; // BEP 10
const FAST = [7, 0x04] as const; // BEP 6
const DHT = [7, 0x01] as const; // BEP 5

/** What a peer says first. */
export interface Greeting {
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  /** It knows BEP 6. */
  readonly isFast: boolean;
  /** It knows BEP 10. */
  readonly hasExtensions: boolean;
  /** It has a node of the distributed hash table (BEP 5). */
  readonly hasDht: boolean;
}

export type OwnGreeting = Pick<Greeting, "infoHash" | "peerId" | "hasDht">;

/** As the client: says who we are, and waits for the answer. @throws ProtocolError, ClosedError, TimeoutError. */
export async function greet(socket: PeerSocket, own: OwnGreeting, clock: Clock): Promise<Greeting> {
  await socket.send(handshake(own));
  const greeting = await receiveGreeting(socket, clock);
  if (Buffer.compare(greeting.infoHash, own.infoHash) !== 0)
    throw new ProtocolError("wrong-torrent", "it answered with another torrent's info-hash");
  return greeting;
}

/**
 * As the server: waits until it is said who comes, and answers.
 * @param ownFor who we are for a torrent; undefined if we do not have it.
 */
export async function beGreeted(
  socket: PeerSocket,
  ownFor: (infoHash: Uint8Array) => OwnGreeting | undefined,
  clock: Clock,
): Promise<Greeting> {
  const greeting = await receiveGreeting(socket, clock);
  const own = ownFor(greeting.infoHash);
  if (own === undefined)
    throw new ProtocolError("unknown-torrent", `there is no torrent ${hexOf(greeting.infoHash)} here`);
  await socket.send(handshake(own));
  return greeting;
}

function handshake({ infoHash, peerId, hasDht }: OwnGreeting): PeerMessage {
  const reserved = new Uint8Array(8);
  for (const [byte, bit] of hasDht ? [EXTENSIONS, FAST, DHT] : [EXTENSIONS, FAST]) reserved[byte]! |= bit;
  return { type: "handshake", protocol: PROTOCOL, reserved, infoHash, peerId };
}

async function receiveGreeting(socket: PeerSocket, clock: Clock): Promise<Greeting> {
  const timer = clock.after(TIMEOUT_MS, () =>
    socket.abort(new TimeoutError("no-handshake", `no handshake within ${TIMEOUT_MS / 1000} s`)),
  );
  try {
    const first = await socket.receive();
    if (first === undefined) throw new ClosedError("closed", "it hung up before its handshake");
    return read(first);
  } finally {
    timer.clear();
  }
}

function read(message: PeerMessage): Greeting {
  if (message.type !== "handshake" || Buffer.compare(message.protocol, PROTOCOL) !== 0)
    throw new ProtocolError("no-bittorrent", "what came first is no handshake of the BitTorrent protocol");
  const { reserved, infoHash, peerId } = message;
  const has = ([byte, bit]: readonly [number, number]): boolean => (reserved[byte]! & bit) !== 0;
  return {
    // What was received lies in memory that will be used again.
    infoHash: infoHash.slice(),
    peerId: peerId.slice(),
    isFast: has(FAST),
    hasExtensions: has(EXTENSIONS),
    hasDht: has(DHT),
  };
}
