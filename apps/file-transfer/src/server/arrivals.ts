// Files on their way in, of all conversations: each has one writer, who may come over several. Knows no disk.
import { ProtocolError } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import type { FromClient } from "../protocol.ts";
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

// So many of the last files that have arrived are remembered: a connection of theirs may come late, or again, when the word
// that it is done was lost.
const REMEMBERED = 256;

export class Arrivals {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #byPath = new Map<string, Incoming>();
  /** The oldest first. */
  readonly #arrived = new Map<string, string>();

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** @throws Refusal `busy`. */
  join(path: string, put: Put, bringer: Bringer): Incoming {
    const known = this.#byPath.get(path);
    if (known !== undefined) {
      if (keyOf(known.put) !== keyOf(put))
        throw new Refusal("busy", `${JSON.stringify(path)} is being written by somebody else`);
      known.join(bringer);
      return known;
    }
    const incoming = new Incoming(path, put, this.#log);
    if (this.#arrived.get(path) === keyOf(put)) {
      bringer.accepted();
      bringer.done();
      return incoming;
    }
    this.#byPath.set(path, incoming);
    this.#arrived.delete(path);
    incoming.join(bringer);
    void this.#run(incoming, path);
    return incoming;
  }

  async #run(incoming: Incoming, path: string): Promise<void> {
    const isDone = await incoming.run(this.#store);
    this.#byPath.delete(path);
    if (isDone) this.#remember(path, incoming.put);
  }

  #remember(path: string, put: Put): void {
    this.#arrived.set(path, keyOf(put));
    const [oldest] = this.#arrived.keys();
    if (this.#arrived.size > REMEMBERED) this.#arrived.delete(oldest!);
  }
}

/** Those who bring the same file together agree on all of it. */
function keyOf({ upload, size, mtimeMs, algorithm }: Put): string {
  return JSON.stringify([upload, size, mtimeMs, algorithm]);
}

export class Incoming {
  readonly put: Put;
  readonly #path: string;
  readonly #log: Logger;
  readonly #bringers = new Set<Bringer>();
  #receiver: Receiver | undefined;

  constructor(path: string, put: Put, log: Logger) {
    this.put = put;
    this.#path = path;
    this.#log = log;
  }

  /** Never rejects: whoever brings it is told. @returns whether it is under its name. */
  async run(store: Store): Promise<boolean> {
    let upload: Upload | undefined;
    try {
      const { size, mtimeMs, mode } = this.put;
      upload = await store.write(this.#path, { size, mtimeMs, mode });
      const receiver = this.#begin(upload);
      await receiver.received;
      await upload.finish();
      for (const bringer of this.#bringers) bringer.done();
      return true;
    } catch (error) {
      await upload
        ?.suspend()
        .catch((cause: unknown) => this.#log.error({ err: cause }, "an upload was not kept"));
      for (const bringer of this.#bringers) bringer.failed(error as Error);
      return false;
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
  }

  /** Settles when the message's bytes may be used again. @throws ProtocolError. */
  async receive(bringer: Bringer, message: FromSender): Promise<void> {
    if (this.#receiver === undefined)
      throw new ProtocolError("bad-message", `"${message.type}" of a file that is not open yet`);
    return this.#receiver.receive(bringer, message);
  }

  #begin(upload: Upload): Receiver {
    const { algorithm } = this.put;
    const receiver = new Receiver({
      sink: upload,
      algorithm,
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
    // All have left before it was open.
    if (this.#bringers.size === 0) receiver.cancel(new Refusal("failed", "nobody brings it any more"));
    return receiver;
  }
}
