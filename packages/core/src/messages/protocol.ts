// What a client and a server may say to each other: one object literal, types inferred. Knows nothing of sockets.
import { UsageError } from "../errors.ts";
import type { Framing, Payload } from "../framing/framing.ts";
import type { BinaryMessage, BinaryTable } from "./binary-codec.ts";
import type { MessageCodec } from "./codec.ts";
import type { MessageFraming } from "./framings.ts";
import type { TextMessage, TextTable } from "./text-codec.ts";

/** A protocol: which messages each side may send, and how they are cut out of a byte stream. */
export interface Protocol<FromClient, FromServer> {
  readonly name: string;
  readonly version: number;
  readonly framing: Framing;
  /** What a client may send. */
  readonly client: MessageCodec<FromClient>;
  /** What a server may send. */
  readonly server: MessageCodec<FromServer>;
  /** The message that tells the other side which rule it broke, if the protocol has one. */
  readonly farewell: Farewell | undefined;
}

/** Makes the message that tells the other side which rule it broke. */
export type Farewell = (error: { code: string; message: string }) => { type: string };

/** The messages that a client may send. */
export type MessageFromClient<P> = P extends Protocol<infer FromClient, infer _> ? FromClient : never;
/** The messages that a server may send. */
export type MessageFromServer<P> = P extends Protocol<infer _, infer FromServer> ? FromServer : never;

interface Naming {
  readonly name: string;
  readonly version: number;
}

interface Tables<Kind extends "text" | "binary", Client, Server> extends Naming {
  readonly framing: MessageFraming<Kind>;
  /** What a client may send. */
  readonly client: Client;
  /** What a server may send. */
  readonly server: Server;
  /**
   * How this protocol tells the other side which rule it broke, before the conversation ends. Said only in
   * the direction whose table has that message; over WebSocket the close reason says it too.
   */
  readonly farewell?: Farewell;
}

/**
 * Defines a protocol. With `framing: raw()` messages are payloads as they come; with `lines(…)` the tables hold
 * zod schemas and a message is a line of JSON; with `lengthPrefixed(…)` each message is `json(id, …)` or `layout(id, …)`.
 *
 * @throws UsageError `bad-protocol` for an id that is out of range or used twice, `bad-layout` for a bad layout.
 */
export function defineProtocol(
  definition: Naming & { readonly framing: MessageFraming<"any"> },
): Protocol<Payload, Payload>;
export function defineProtocol<const Client extends TextTable, const Server extends TextTable>(
  definition: Tables<"text", Client, Server>,
): Protocol<TextMessage<Client>, TextMessage<Server>>;
export function defineProtocol<const Client extends BinaryTable, const Server extends BinaryTable>(
  definition: Tables<"binary", Client, Server>,
): Protocol<BinaryMessage<Client>, BinaryMessage<Server>>;
export function defineProtocol(definition: Definition): Protocol<never, never> {
  const { name, version, framing, farewell } = definition;
  if (!Number.isInteger(version) || version < 0) {
    throw new UsageError(
      "bad-protocol",
      `protocol "${name}": its version is a whole number; ${version} was given`,
    );
  }
  return {
    name,
    version,
    framing,
    farewell,
    client: framing.codec(definition.client ?? {}),
    server: framing.codec(definition.server ?? {}),
  };
}

interface Definition extends Naming {
  readonly framing: MessageFraming;
  readonly client?: object;
  readonly server?: object;
  readonly farewell?: Farewell;
}
