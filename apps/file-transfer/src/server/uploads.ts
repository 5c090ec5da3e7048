// Files that one conversation brings, chunk by chunk. Knows no disk.
import { giveBack } from "@socketlab/core";
import { parseName } from "../paths.ts";
import type { FromClient, FromServer } from "../protocol.ts";
import { Credit } from "../transfer/credit.ts";
import type { FromSender } from "../transfer/messages.ts";
import { assertSize } from "./answers.ts";
import type { Arrivals, Bringer, Incoming } from "./arrivals.ts";
import type { May } from "./gate.ts";
import { Refusal } from "./refusal.ts";

export interface UploadsOptions {
  /** Undefined: nothing is written here. */
  readonly arrivals: Arrivals | undefined;
  readonly may: May;
  readonly say: (message: FromServer) => Promise<void>;
  /** It has begun, and cannot go on. */
  readonly refuse: (id: number, error: Error) => void;
}

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #credit = new Credit();
  readonly #files = new Map<number, { readonly incoming: Incoming; readonly bringer: Bringer }>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#files.size;
  }

  has(id: number): boolean {
    return this.#files.has(id);
  }

  /** @throws Refusal, TokenError. */
  begin(put: FromClient & { type: "put" }): void {
    const { arrivals, may, say, refuse } = this.#options;
    const { id } = put;
    const path = may("write", parseName(put.path));
    if (arrivals === undefined) throw new Refusal("not-allowed", "this server is read-only");
    assertSize(path, put.size);
    const bringer: Bringer = {
      transfer: id,
      credit: this.#credit,
      say,
      accepted: () => void say({ type: "accepted", id }),
      done: () => {
        this.#files.delete(id);
        void say({ type: "done", transfer: id });
      },
      failed: (error) => {
        this.end(id);
        refuse(id, error);
      },
    };
    this.#files.set(id, { incoming: arrivals.join(path, put, bringer), bringer });
  }

  /** Settles when the message's bytes may be overwritten. @throws ProtocolError. */
  async receive(message: FromSender): Promise<void> {
    const file = this.#files.get(message.transfer);
    await file?.incoming.receive(file.bringer, message);
    if (message.type === "chunk") giveBack(message.hashAndData);
  }

  /** It is not brought any more; what there is of it is kept. */
  end(id: number): void {
    const file = this.#files.get(id);
    this.#files.delete(id);
    file?.incoming.leave(file.bringer);
  }

  endAll(): void {
    for (const id of this.#files.keys()) this.end(id);
  }
}
