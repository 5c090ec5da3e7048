// What the parts of one conversation with a server share. Only types.
import type { FromClient } from "../protocol.ts";
import type { Blocks } from "../transfer/blocks.ts";
import type { Credit } from "../transfer/credit.ts";
import type { Sender } from "../transfer/sender.ts";
import type { WaitingList } from "./waiting.ts";

export interface Talk {
  readonly waiting: WaitingList;
  readonly sender: Sender;
  /** What is sent is put together there. */
  readonly blocks: Blocks;
  /** For the chunks of all files that come. */
  readonly credit: Credit;
  /** Settles when there is room for more. */
  readonly send: (message: FromClient) => Promise<void>;
  /** Whoever waits for an answer learns of a broken conversation by its end. */
  readonly say: (message: FromClient) => void;
  /** Aborted: it is over. */
  readonly signal: AbortSignal;
}

export type Unnumbered<Message> = Message extends { id: number } ? Omit<Message, "id"> : never;

/** Ends a transfer there; what has arrived is kept. */
export function cancel({ say }: Talk, transfer: number, error: Error): void {
  say({ type: "cancel", transfer, detail: error.message.slice(0, 1000) });
}
