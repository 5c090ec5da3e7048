// What a chat client and a chat server may say to each other, one line of JSON each. Knows neither.
import * as z from "zod";
import {
  defineProtocol,
  lines,
  type MessageFromClient,
  type MessageFromServer,
} from "@socketlab/core/browser";

/** The longest text, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 4096;
/** The longest line: a text that is all quotation marks doubles as JSON, and a page of history is several of them. */
export const MAX_LINE_BYTES = 64 * 1024;
/** Messages in one page of history, names in one page of people. */
export const MAX_PAGE_MESSAGES = 50;
export const MAX_PAGE_NAMES = 100;
/** Up to this many people, presence names them; above, it only counts them. */
export const MAX_NAMED_PEOPLE = 200;

/**
 * Why something is refused. The conversation goes on, except after `bad-message` (what was said breaks the protocol)
 * and `replaced`.
 */
export const refusalCodes = [
  "bad-message",
  "bad-name",
  "bad-room",
  "bad-text",
  "text-too-long",
  "name-taken",
  "replaced",
  "not-named",
  "already-named",
  "token-needed",
  "bad-token",
  "already-joined",
  "not-joined",
  "too-many-rooms",
  "room-full",
  "bad-position",
  "id-reused",
  "nobody",
  "too-fast",
  "not-stored",
  "busy",
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

// Types and rough bounds are checked here, and breaking them breaks the protocol; what a person can get wrong (a name,
// a room, the length of a text) the server checks, and refuses in a sentence.
const Word = z.string().max(1024);
const Text = z.string();
/** A position in a room's history: later messages have larger ones, with gaps. */
const Seq = z.int().min(0);
/** Made by the client, unique among what this person says in this room: it makes a repeat harmless. */
const MessageId = z.string().min(1).max(64);
/** Milliseconds since 1970, by the server's clock; never decreases in a room. */
const Time = z.number();

const Said = z.object({ seq: Seq, id: MessageId, from: Word, text: Text, at: Time });

export const chat = defineProtocol({
  name: "chat",
  version: 1,
  framing: lines({ maxBytes: MAX_LINE_BYTES }),
  client: {
    /** Who I am. `key` is a secret of this client's own: with the same key it may come back and take its name over. */
    hello: { name: Word, key: Word.optional(), token: z.string().max(8192).optional() },
    /** With `after`, everything said since that position is said again first. */
    join: { room: Word, after: Seq.optional() },
    leave: { room: Word },
    say: { room: Word, id: MessageId, text: Text },
    whisper: { to: Word, id: MessageId, text: Text },
    typing: { room: Word },
    /** Who is there: a page of names, those after `after`. */
    who: { room: Word, after: Word.optional() },
    /** A page of what was said before the position `before` (or most lately). */
    history: { room: Word, before: Seq.optional(), limit: z.int().min(1).max(MAX_PAGE_MESSAGES).optional() },
    ping: {},
  },
  server: {
    welcome: { name: Word },
    /** `seq` is the position of the last message so far; `people` includes the one who joins. */
    joined: { room: Word, seq: Seq, people: z.int() },
    left: { room: Word },
    said: { room: Word, ...Said.shape },
    /** What this client said is on disk, and everybody in the room will be shown it, at this position. */
    stored: { room: Word, id: MessageId, seq: Seq },
    whispered: { id: MessageId, from: Word, to: Word, text: Text, at: Time },
    typing: { room: Word, name: Word },
    /** What has changed since the last one. Names are left out in a room of more than 200. */
    presence: { room: Word, arrived: z.array(Word), departed: z.array(Word), people: z.int() },
    people: { room: Word, names: z.array(Word), people: z.int(), more: z.boolean() },
    /** In the order in which they were said. `more`: there is something before. */
    page: { room: Word, messages: z.array(Said), more: z.boolean() },
    pong: {},
    refused: {
      code: z.enum(refusalCodes),
      detail: z.string(),
      room: Word.optional(),
      id: MessageId.optional(),
      retryAfterMs: z.int().optional(),
    },
  },
  farewell: ({ message }) => ({ type: "refused", code: "bad-message", detail: message }),
});

export type FromClient = MessageFromClient<typeof chat>;
export type FromServer = MessageFromServer<typeof chat>;
export type SaidMessage = z.infer<typeof Said>;
