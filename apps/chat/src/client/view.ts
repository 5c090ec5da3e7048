// What a person sees of a conversation: immutable snapshots, the same object as long as nothing has changed. Only types.
import type { FromServer, RefusalCode, SaidMessage } from "../protocol.ts";

/** Where the conversation stands. */
export type Phase =
  | { readonly name: "connecting" }
  | { readonly name: "open" }
  /** Lost; it is tried again at `retryAtMs` of the clock, `retryInMs` after the loss. */
  | {
      readonly name: "waiting";
      readonly retryInMs: number;
      readonly retryAtMs: number;
      readonly why: string;
      /** The error's `code`, or "ended" for an orderly end. */
      readonly code: string;
    }
  /** To try again would end the same way; `start`, `retry` and `rename` do nevertheless. */
  | { readonly name: "refused"; readonly why: string; readonly code: string }
  | { readonly name: "closed" };

/** What this client said, and what became of it. */
export interface Outgoing {
  readonly id: string;
  readonly text: string;
  /** When it was said here, by this side's clock. */
  readonly saidMs: number;
  /** `stored`: it is on disk; it goes from here as soon as it is among the messages. */
  readonly state: "sending" | "stored" | "refused";
  /** Of a refused one: the server's sentence. */
  readonly why?: string;
}

export type Whispered = Omit<Extract<FromServer, { type: "whispered" }>, "type">;

export interface RoomView {
  /** Its name as shown, and the key by which rooms are told apart. */
  readonly room: string;
  readonly key: string;
  readonly state: "joining" | "joined" | "refused";
  /** Of a refused one: the server's sentence and code. */
  readonly why?: string;
  readonly code?: RefusalCode;
  /** In order, without gaps: the latest that are kept here. */
  readonly messages: readonly SaidMessage[];
  /** What this client said and is not among the messages yet, in order. */
  readonly outgoing: readonly Outgoing[];
  /** The position up to which everything was received. */
  readonly lastSeq: number;
  /** Whether there is something before the first message; ask `history` for it. */
  readonly more: boolean;
  /** Whether it has been asked for. */
  readonly loading: boolean;
  /** How many people are there. */
  readonly people: number;
  /** Their names as shown, in order; in a room of more than 200, only some. */
  readonly names: readonly string[];
  /** Who is typing, this client left out. */
  readonly typing: readonly string[];
  /** Messages of others since the room was last looked at. */
  readonly unread: number;
}

export interface SessionView {
  readonly phase: Phase;
  /** As the server says it; until then, as it was asked for. */
  readonly name: string;
  /** In the order in which they were joined. */
  readonly rooms: readonly RoomView[];
  /** From and to this client, in order, the latest. */
  readonly whispers: readonly Whispered[];
  /** Whispers on their way, or refused; the text is followed by whom it is for. */
  readonly whispering: readonly (Outgoing & { readonly to: string })[];
}

/** What happens, as it happens; for whoever prints it. */
export type SessionEvent =
  | { readonly event: "phase"; readonly phase: Phase }
  | { readonly event: "joined"; readonly room: string; readonly people: number; readonly again: boolean }
  | { readonly event: "left"; readonly room: string }
  | ({ readonly event: "said"; readonly room: string } & SaidMessage)
  | { readonly event: "stored"; readonly room: string; readonly id: string; readonly seq: number }
  | ({ readonly event: "whispered" } & Whispered)
  | {
      readonly event: "presence";
      readonly room: string;
      readonly arrived: readonly string[];
      readonly departed: readonly string[];
      readonly people: number;
    }
  /** A page of history, as it was put before the messages. */
  | {
      readonly event: "page";
      readonly room: string;
      readonly messages: readonly SaidMessage[];
      readonly more: boolean;
    }
  /** The answer to `who`. */
  | {
      readonly event: "people";
      readonly room: string;
      readonly names: readonly string[];
      readonly people: number;
      readonly more: boolean;
    }
  /** For good; what is repeated by itself is not told. `id`: of this client's message. */
  | {
      readonly event: "refused";
      readonly code: RefusalCode;
      readonly detail: string;
      readonly room?: string;
      readonly id?: string;
    };
