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
  "bad-message", // what was said is no message of this protocol; the conversation ends
  "bad-name", // no name: 1 to 32 letters, digits and a few signs, beginning with a letter or a digit
  "bad-room", // no name of a room: the same rule
  "bad-text", // nothing at all, control characters other than newline and tab, or half a character
  "text-too-long", // more than 4,096 bytes of UTF-8
  "name-taken", // somebody of that name is here, or of one that looks like it
  "replaced", // the same name came in again with the same key; this conversation ends
  "not-named", // something before `hello`
  "already-named", // a second `hello`
  "token-needed", // this server, or this room, asks for a token
  "bad-token", // not signed with this server's secret, or expired
  "already-joined", // `join` again
  "not-joined", // something about a room that one is not in
  "too-many-rooms", // more than 32 at a time
  "room-full", // 20,000 people are in it
  "bad-position", // a position that the room has not reached
  "id-reused", // the same id with another text
  "nobody", // nobody of that name is here to whisper to
  "too-fast", // more than the rate allows; `retryAfterMs` says when there is room
  "not-stored", // the store failed; to repeat it is harmless
  "busy", // not now: too much of yours waits, or what is stored cannot be read; `retryAfterMs` says when
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
    /** I want to hear no more of this room. */
    leave: { room: Word },
    /** To everybody in the room. To repeat it is harmless. */
    say: { room: Word, id: MessageId, text: Text },
    /** To one person alone, wherever it is. Nobody keeps it. */
    whisper: { to: Word, id: MessageId, text: Text },
    /** I am writing something. */
    typing: { room: Word },
    /** Who is there: a page of names, those after `after`. */
    who: { room: Word, after: Word.optional() },
    /** A page of what was said before the position `before` (or most lately). */
    history: { room: Word, before: Seq.optional(), limit: z.int().min(1).max(MAX_PAGE_MESSAGES).optional() },
    /** Are you there? */
    ping: {},
  },
  server: {
    /** The name as everybody will see it. */
    welcome: { name: Word },
    /** `seq` is the position of the last message so far; `people` includes the one who joins. */
    joined: { room: Word, seq: Seq, people: z.int() },
    /** You hear no more of this room. */
    left: { room: Word },
    /** Somebody said this, perhaps you: each once, in order of `seq`. */
    said: { room: Word, ...Said.shape },
    /** What this client said is on disk, and everybody in the room will be shown it, at this position. */
    stored: { room: Word, id: MessageId, seq: Seq },
    /** To the one who is meant, and to the one who said it. */
    whispered: { id: MessageId, from: Word, to: Word, text: Text, at: Time },
    /** Somebody is writing. */
    typing: { room: Word, name: Word },
    /** What has changed since the last one. Names are left out in a room of more than 200. */
    presence: { room: Word, arrived: z.array(Word), departed: z.array(Word), people: z.int() },
    /** In order; `more`: ask again, `after` the last of them. */
    people: { room: Word, names: z.array(Word), people: z.int(), more: z.boolean() },
    /** In the order in which they were said. `more`: there is something before. */
    page: { room: Word, messages: z.array(Said), more: z.boolean() },
    /** Yes. */
    pong: {},
    /** Not done, and why: `code` for programs, `detail` for people; `room` and `id` are those of what was said. */
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
