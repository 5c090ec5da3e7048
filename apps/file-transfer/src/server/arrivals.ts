// Files on their way in, of all conversations: each has one writer, who may come over several. Knows no disk.
import { ProtocolError } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { UNASKED_BYTES, type FromClient } from "../protocol.ts";
import type { FromSender } from "../transfer/messages.ts";
import { Receiver, type Lane } from "../transfer/receiver.ts";
import { Refusal } from "./refusal.ts";
import type { Store, Upload } from "./store.ts";

export type Put = FromClient & { type: "put" };

/** One conversation's part in a file on its way in. */
export interface Bringer extends Lane {
  /** The server is ready for it. */
  accepted(): void;
  /** The file is under its name. */
  done(): void;
  failed(error: Error): void;
}

export class Arrivals {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #byPath = new Map<string, Incoming>();

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** @throws Refusal `busy`. */
  join(path: string, put: Put, bringer: Bringer): Incoming {
    const known = this.#byPath.get(path);
    if (known !== undefined) {
      if (known.put.upload !== put.upload || known.put.size !== put.size)
        throw new Refusal("busy", `${JSON.stringify(path)} is being written by somebody else`);
      known.join(bringer);
      return known;
    }
    const incoming = new Incoming(path, put, this.#log);
    this.#byPath.set(path, incoming);
    incoming.join(bringer);
    void incoming.run(this.#store).finally(() => this.#byPath.delete(path));
    return incoming;
  }
}

export class Incoming {
  readonly put: Put;
  readonly #path: string;
  readonly #log: Logger;
  readonly #bringers = new Set<Bringer>();
  readonly #early: (() => void)[] = [];
  #receiver: Receiver | undefined;

  constructor(path: string, put: Put, log: Logger) {
    this.put = put;
    this.#path = path;
    this.#log = log;
  }

  /** Never rejects: whoever brings it is told. */
  async run(store: Store): Promise<void> {
    let upload: Upload | undefined;
    try {
      const { size, mtimeMs, mode } = this.put;
      upload = await store.write(this.#path, { size, mtimeMs, mode });
      const receiver = this.#begin(upload);
      await receiver.received;
      await upload.finish();
      for (const bringer of this.#bringers) bringer.done();
    } catch (error) {
      await upload
        ?.suspend()
        .catch((cause: unknown) => this.#log.error({ err: cause }, "an upload was not kept"));
      for (const bringer of this.#bringers) bringer.failed(error as Error);
    }
  }

  join(bringer: Bringer): void {
    this.#bringers.add(bringer);
    if (this.#receiver === undefined) return;
    bringer.accepted();
    this.#receiver.join(bringer);
  }

  leave(bringer: Bringer): void {
    if (!this.#bringers.delete(bringer)) return;
    this.#receiver?.leave(bringer);
    if (this.#bringers.size === 0 && this.#receiver === undefined)
      this.#early.push(() => this.#receiver?.cancel(new Refusal("failed", "nobody brings it any more")));
  }

  /** Settles when the message's bytes may be used again. @throws ProtocolError. */
  async receive(bringer: Bringer, message: FromSender): Promise<void> {
    if (this.#receiver !== undefined) return this.#receiver.receive(bringer, message);
    // Its only chunk has come right behind the `put`: what the socket lent us is kept until the file is open.
    if (message.type !== "chunk" || this.#early.length >= this.#bringers.size)
      throw new ProtocolError("bad-message", `"${message.type}" of a file that is not open yet`);
    const kept = { ...message, hashAndData: message.hashAndData.slice(0, UNASKED_BYTES + 64) };
    this.#early.push(() => {
      this.#receiver?.receive(bringer, kept).catch((error: Error) => bringer.failed(error));
    });
  }

  #begin(upload: Upload): Receiver {
    const { size, algorithm } = this.put;
    const receiver = new Receiver({
      sink: upload,
      algorithm,
      unasked: size > 0 && size <= UNASKED_BYTES,
      onBadChunk: (index) =>
        this.#log.warn(
          { path: this.#path, chunk: index },
          "a chunk is not what its hash says: it is fetched again",
        ),
    });
    this.#receiver = receiver;
    for (const bringer of this.#bringers) {
      bringer.accepted();
      receiver.join(bringer);
    }
    for (const act of this.#early.splice(0)) act();
    return receiver;
  }
}
