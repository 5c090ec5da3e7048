// What an echo client and an echo server may say to each other: anything, and it comes back (RFC 862).
import {
  defineProtocol,
  raw,
  type MessageFromClient,
  type MessageFromServer,
  type Protocol,
  type Payload,
} from "@socketlab/core";

/** The longest message. A byte stream has none, and no bound either: it is echoed as it comes, piece by piece. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

export const echo: Protocol<Payload, Payload> = defineProtocol({
  name: "echo",
  version: 1,
  framing: raw({ maxBytes: MAX_MESSAGE_BYTES }),
});

export type FromClient = MessageFromClient<typeof echo>;
export type FromServer = MessageFromServer<typeof echo>;
