// One conversation, from the server's side: hands each message to whom it is for, and answers. Knows no disk.
import { ProtocolError, type MessageSocket } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import {
  CHUNK_BYTES,
  HASH_BYTES,
  MAX_TRANSFERS,
  SENDING_BLOCKS,
  type FromClient,
  type FromServer,
} from "../protocol.ts";
import { Blocks } from "../transfer/blocks.ts";
import type { RateLimit } from "../transfer/rate-limit.ts";
import { Sender } from "../transfer/sender.ts";
import { answerTo, type Question } from "./answers.ts";
import type { Arrivals } from "./arrivals.ts";
import { Batches } from "./batches.ts";
import { Downloads } from "./downloads.ts";
import type { Gate, May, Visitor } from "./gate.ts";
import { Refusal, refusalOf } from "./refusal.ts";
import type { SharedHashes } from "./shared-hashes.ts";
import type { Store } from "./store.ts";
import { Uploads } from "./uploads.ts";

export type FileSocket = MessageSocket<FromClient, FromServer>;

export interface Hall {
  readonly store: Store;
  /** Undefined: nothing is written or removed here. */
  readonly arrivals: Arrivals | undefined;
  readonly hashes: SharedHashes;
  /** Batches of small files that are being put under their names, of all conversations. */
  readonly finishing: Set<Promise<void>>;
  /** How fast files leave, over all conversations together. */
  readonly limit?: RateLimit | undefined;
  readonly gate: Gate;
  /** Of one conversation at a time. */
  readonly maxTransfers?: number | undefined;
  readonly log: Logger;
}

/** What is answered in its time, several at a time. */
type Asked = Question | (FromClient & { type: "get" | "put" | "getBatch" });

/** Settles when the conversation is over, and nothing of it is open any more. */
export async function converse(socket: FileSocket, hall: Hall): Promise<void> {
  const conversation = new Conversation(socket, hall);
  try {
    for await (const message of socket) await conversation.receive(message);
  } catch (error) {
    // What cannot be read the socket has answered; what is out of place only we know.
    if (error instanceof ProtocolError) conversation.tell(error);
    throw error;
  } finally {
    await conversation.end();
  }
}

class Conversation {
  readonly #socket: FileSocket;
  readonly #hall: Hall;
  readonly #sender: Sender;
  readonly #batches: Batches;
  readonly #over = new AbortController();
  readonly #downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #answering = new Set<Promise<void>>();
  readonly #may: May;
  #visitor: Visitor;

  constructor(socket: FileSocket, hall: Hall) {
    this.#socket = socket;
    this.#hall = hall;
    this.#visitor = hall.gate.stranger;
    const say = (message: FromServer): Promise<void> => socket.send(message);
    const blocks = new Blocks({ count: SENDING_BLOCKS, bytes: HASH_BYTES + CHUNK_BYTES });
    const { store, arrivals, hashes, limit, finishing, log } = hall;
    const may: May = (action, path) => {
      this.#visitor.assertMay(action, path);
      return path;
    };
    this.#may = may;
    const sender = new Sender({
      say,
      blocks,
      limit,
      onFailed: (transfer, error) => {
        void this.#downloads.end(transfer);
        this.#refuse(transfer, error);
      },
    });
    this.#sender = sender;
    this.#downloads = new Downloads({ store, hashes, may, sender, say });
    this.#uploads = new Uploads({ arrivals, may, say, refuse: (id, error) => this.#refuse(id, error) });
    this.#batches = new Batches({
      store,
      canWrite: arrivals !== undefined,
      may,
      say,
      blocks,
      pass: (bytes) => sender.pass(bytes),
      finishing,
      signal: this.#over.signal,
      log,
    });
  }

  /** Settles when the next message may be read. @throws ProtocolError. */
  async receive(message: FromClient): Promise<void> {
    switch (message.type) {
      case "hello":
        return this.#hello(message.token);
      case "want":
      case "check":
      case "sum":
        return this.#sender.receive(message);
      case "chunk":
      case "hashes":
      case "whole":
        return this.#uploads.receive(message);
      case "batch":
        return this.#meanwhile(message.id, (await this.#batches.write(message)).finished);
      case "done":
        return this.#downloads.end(message.transfer);
      case "cancel":
        this.#uploads.end(message.transfer);
        return this.#downloads.end(message.transfer);
      default:
        return this.#ask(message);
    }
  }

  /** The client has broken the rules: why. */
  tell({ message }: ProtocolError): void {
    this.#socket.send({ type: "refused", code: "bad-message", detail: message }).catch(() => {});
  }

  async end(): Promise<void> {
    this.#over.abort();
    this.#uploads.endAll();
    await Promise.all(this.#answering);
    await this.#sender.close();
    await this.#downloads.endAll();
  }

  /** Settles when it is known who it is: what comes next is judged by that. */
  async #hello(token: string | undefined): Promise<void> {
    const { gate } = this.#hall;
    this.#visitor = gate.stranger;
    try {
      this.#visitor = await gate.admit(token);
    } catch (error) {
      return this.#refuse(undefined, error as Error);
    }
    const { scope, expiresAtMs } = this.#visitor;
    const until = expiresAtMs === undefined ? {} : { expiresAtMs };
    const { read, write } = scope;
    void this.#socket.send({
      type: "welcome",
      canWrite: write.length > 0,
      read: [...read],
      write: [...write],
      ...until,
    });
  }

  async #ask(question: Asked): Promise<void> {
    const { id, type } = question;
    try {
      if (type === "get" || type === "put") this.#assertNew(id);
      if (type === "put") this.#uploads.begin(question);
      else await this.#meanwhile(id, this.#answer(question));
    } catch (error) {
      this.#refuse(id, error as Error);
    }
  }

  /** Keeps what comes next waiting only when there are too many. */
  async #meanwhile(id: number, task: Promise<void>): Promise<void> {
    const answering = task
      .catch((error: Error) => this.#refuse(id, error))
      .finally(() => this.#answering.delete(answering));
    this.#answering.add(answering);
    if (this.#answering.size >= MAX_TRANSFERS) await Promise.race(this.#answering);
  }

  async #answer(question: Exclude<Asked, { type: "put" }>): Promise<void> {
    if (question.type === "get") return this.#downloads.begin(question);
    if (question.type === "getBatch") return this.#batches.read(question);
    return this.#socket.send(await answerTo(question, this.#hall.store, this.#may));
  }

  #assertNew(id: number): void {
    if (this.#downloads.has(id) || this.#uploads.has(id))
      throw new ProtocolError("bad-message", `the transfer ${id} is under way already`);
    const { maxTransfers = MAX_TRANSFERS } = this.#hall;
    if (this.#downloads.size + this.#uploads.size >= maxTransfers)
      throw new Refusal("too-many", `${maxTransfers} transfers at a time are allowed; wait for one to end`);
  }

  /** @param id undefined: what is refused has no number */
  #refuse(id: number | undefined, error: Error): void {
    if (error instanceof ProtocolError) {
      this.tell(error);
      void this.#socket.close(error.message);
      return;
    }
    const refusal = refusalOf(error);
    if (refusal !== undefined)
      void this.#socket.send({ type: "refused", ...(id !== undefined && { id }), ...refusal });
    else this.#socket.abort(error);
  }
}
