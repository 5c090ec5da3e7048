// What peers tell an observer of themselves, and what an observer tells pages of all of them, a line of JSON each. No part of
// BitTorrent: no peer needs it. Knows neither.
import * as z from "zod";
import {
  defineProtocol,
  lines,
  type MessageFromClient,
  type MessageFromServer,
} from "@socketlab/core/browser";

/** A conversation is some 300 bytes here, and a peer has at most so many. */
const MAX_LINE_BYTES: number = 128 * 1024;
export const MAX_CONVERSATIONS = 200;
/** A torrent of more pieces is shown in so many parts of several pieces each. */
export const MAX_PARTS = 4096;
/** Peers of one observer: more, nobody could look at. */
export const MAX_PEERS = 200;

const Word = z.string().max(200);
/** 20 bytes in hexadecimal digits. */
const Hash = z.string().regex(/^[0-9a-f]{40}$/);
const Count = z.int().min(0);
/** Bytes a second. */
const Rate = z.number().min(0);
const Address = z.object({ host: Word, port: z.int().min(0).max(65_535) });

/** What stays as it is as long as the peer is there. */
const Identity = z.object({
  peerId: Hash,
  client: Word,
  pid: Count,
  /** Where it waits to be contacted. */
  door: Address,
  torrent: z.object({ name: Word, infoHash: Hash, pieces: Count, bytes: Count }),
  /** In bytes a second, of all that it sends; null: as fast as it can. */
  uploadLimit: Rate.nullable(),
});

const Conversation = z.object({
  /** Counts those of its process. */
  id: Count,
  /** Of the peer that tells this. */
  role: z.enum(["client", "server"]),
  local: Address,
  remote: Address,
  /** Where the other one waits to be contacted, as far as it is known. */
  door: Address.optional(),
  /** Of the other one, by its handshake. */
  peerId: Hash,
  client: Word,
  /** How many pieces the other one has. */
  has: Count,
  amChoking: z.boolean(),
  amInterested: z.boolean(),
  isChoking: z.boolean(),
  isInterested: z.boolean(),
  /** It owes us blocks, and has sent none for a minute. */
  isSnubbing: z.boolean(),
  /** Blocks that it has been asked for. */
  asked: Count,
  upload: Rate,
  download: Rate,
});

/** What changes. Left out: as before. */
const Change = z.object({
  /** A bit for each part, the first in the highest bit of the first byte: all its pieces are there; in base64. */
  parts: z
    .base64()
    .max(Math.ceil(MAX_PARTS / 8 / 3) * 4)
    .optional(),
  /** How many pieces it has. */
  has: Count.optional(),
  upload: Rate.optional(),
  download: Rate.optional(),
  /** Those that are new, or not as before. */
  conversations: z.array(Conversation).max(MAX_CONVERSATIONS).optional(),
  /** The ids of those that are over. */
  ended: z.array(Count).max(MAX_CONVERSATIONS).optional(),
});

export const observation = defineProtocol({
  name: "observation",
  version: 1,
  framing: lines({ maxBytes: MAX_LINE_BYTES }),
  client: {
    /** First, from a peer. */
    iAm: Identity.shape,
    /** Then, from a peer, when something has: what has changed. */
    changed: Change.shape,
    /** First and last, from a page: tell me of all. */
    watch: {},
  },
  server: {
    /** How one more peer can be started, by hand: commands. Comes first. */
    invitation: { commands: z.array(z.string().max(1000)).max(10) },
    appeared: { peer: Count, ...Identity.shape },
    changed: { peer: Count, ...Change.shape },
    left: { peer: Count },
    /** The conversation is over, and why. */
    refused: { code: Word, detail: z.string() },
  },
  farewell: ({ code, message }) => ({ type: "refused", code, detail: message }),
});

export type FromClient = MessageFromClient<typeof observation>;
export type FromServer = MessageFromServer<typeof observation>;
export type PeerIdentity = z.infer<typeof Identity>;
export type ConversationView = z.infer<typeof Conversation>;
export type PeerChange = z.infer<typeof Change>;
