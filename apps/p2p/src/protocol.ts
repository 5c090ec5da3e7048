// What two peers may say to each other: BitTorrent's messages as deployed (BEP 3, 6, 10). Knows neither of them.
import {
  bytes,
  bytesOf,
  defineProtocol,
  keepAlive,
  layout,
  lengthPrefixed,
  preamble,
  u16,
  u32,
  u8,
  type MessageFromClient,
} from "@socketlab/core/browser";

/** What is asked for at a time; whoever asks for more is hung up on by most (BEP 3). */
export const BLOCK_BYTES: number = 16 * 1024;
/** Of SHA-1, which names a torrent (BEP 3); a name by SHA-256 is cut to as many on the wire (BEP 52). */
export const INFO_HASH_BYTES = 20;
export const PEER_ID_BYTES = 20;
/** In one torrent: more than anybody else takes, too. */
export const MAX_PIECES: number = 2 ** 21;

/** A length of 19, the name, 8 reserved bytes, the info-hash, the peer's id. */
const HANDSHAKE_BYTES = 68;
// The longest legal message: an id byte and a bitfield.
const MAX_MESSAGE_BYTES = 1 + MAX_PIECES / 8;

/** A part of a piece. */
const part = { piece: u32, begin: u32, length: u32 };

/** The same in both directions: who has initiated the conversation makes no difference once it has begun. */
const messages = {
  /** First of all, from both. `protocol` is "BitTorrent protocol"; `reserved` says which extensions this peer knows. */
  handshake: preamble(19, {
    protocol: bytesOf(19),
    reserved: bytesOf(8),
    infoHash: bytesOf(INFO_HASH_BYTES),
    peerId: bytesOf(PEER_ID_BYTES),
  }),
  /** Every two minutes, if there is nothing to say. */
  keepAlive: keepAlive(),
  /** I shall send you nothing, for now. What you have asked for and not yet got is forgotten, or rejected (BEP 6). */
  choke: layout(0, {}),
  /** Ask, and I shall send. */
  unchoke: layout(1, {}),
  /** You have something that I want. */
  interested: layout(2, {}),
  notInterested: layout(3, {}),
  /** I have got, and verified, this piece. */
  have: layout(4, { piece: u32 }),
  /** What I have, a bit for each piece, the first in the highest bit. It belongs directly behind the handshake. */
  bitfield: layout(5, { bits: bytes }),
  request: layout(6, part),
  /** A block that was asked for. */
  piece: layout(7, { piece: u32, begin: u32, block: bytes }),
  /** I no longer want what I have asked for. */
  cancel: layout(8, part),
  /** Where my node of the distributed hash table listens (BEP 5). */
  port: layout(9, { port: u16 }),
  /** BEP 6: a piece that it would be good to ask for. */
  suggest: layout(13, { piece: u32 }),
  /** BEP 6: in place of a bitfield of ones. */
  haveAll: layout(14, {}),
  /** BEP 6: in place of a bitfield of zeros. */
  haveNone: layout(15, {}),
  /** BEP 6: what was asked for will not be sent. */
  reject: layout(16, part),
  /** BEP 6: a piece that may be asked for even while choked. */
  allowedFast: layout(17, { piece: u32 }),
  /** BEP 10: 0 is its handshake; any other number is what the receiver has said that an extension is called. */
  extended: layout(20, { extension: u8, payload: bytes }),
} as const;

export const peerWire = defineProtocol({
  name: "bittorrent",
  version: 1,
  framing: lengthPrefixed({
    maxBytes: MAX_MESSAGE_BYTES,
    preambleBytes: HANDSHAKE_BYTES,
    keepAlives: true,
  }),
  client: messages,
  server: messages,
});

export type PeerMessage = MessageFromClient<typeof peerWire>;
