// One conversation, from the server's side: hands each message to whom it is for, and answers. Knows no disk.
import { giveBack, ProtocolError, type MessageSocket } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { parseName } from "../paths.ts";
import {
  CHUNK_BYTES,
  HASH_BYTES,
  MAX_TRANSFERS,
  SENDING_BLOCKS,
  type FromClient,
  type FromServer,
} from "../protocol.ts";
import { Blocks } from "../transfer/blocks.ts";
import { Credit } from "../transfer/credit.ts";
import type { RateLimit } from "../transfer/rate-limit.ts";
import { Sender } from "../transfer/sender.ts";
import { answerTo, assertSize, type Question } from "./answers.ts";
import type { Arrivals, Bringer, Incoming } from "./arrivals.ts";
import { Batches } from "./batches.ts";
import type { Gate, May, Visitor } from "./gate.ts";
import { Refusal, refusalOf } from "./refusal.ts";
import type { SharedHashes } from "./shared-hashes.ts";
import type { OpenFile, Store } from "./store.ts";

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
  readonly #credit = new Credit();
  readonly #downloads = new Map<number, { file: OpenFile; release: () => void }>();
  readonly #arrivals = new Map<number, { incoming: Incoming; bringer: Bringer }>();
  readonly #answering = new Set<Promise<void>>();
  #visitor: Visitor;

  constructor(socket: FileSocket, hall: Hall) {
    this.#socket = socket;
    this.#hall = hall;
    this.#visitor = hall.gate.stranger;
    const say = (message: FromServer): Promise<void> => socket.send(message);
    const blocks = new Blocks({ count: SENDING_BLOCKS, bytes: HASH_BYTES + CHUNK_BYTES });
    const { store, arrivals, limit, finishing, log } = hall;
    const canWrite = arrivals !== undefined;
    const { signal } = this.#over;
    this.#sender = new Sender({
      say,
      blocks,
      limit,
      onFailed: (transfer, error) => {
        void this.#endDownload(transfer);
        this.#refuse(transfer, error);
      },
    });
    this.#batches = new Batches({
      store,
      canWrite,
      may: this.#may,
      say,
      blocks,
      pass: (bytes) => this.#sender.pass(bytes),
      finishing,
      signal,
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
      case "whole": {
        const arrival = this.#arrivals.get(message.transfer);
        await arrival?.incoming.receive(arrival.bringer, message);
        if (message.type === "chunk") giveBack(message.hashAndData);
        return;
      }
      case "batch":
        return this.#meanwhile(message.id, (await this.#batches.write(message)).finished);
      case "done":
        return this.#endDownload(message.transfer);
      case "cancel":
        this.#endArrival(message.transfer);
        return this.#endDownload(message.transfer);
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
    for (const transfer of this.#arrivals.keys()) this.#endArrival(transfer);
    await Promise.all(this.#answering);
    await this.#sender.close();
    await Promise.all([...this.#downloads.keys()].map((transfer) => this.#endDownload(transfer)));
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
    if (question.type === "put") this.#put(question);
    else await this.#meanwhile(question.id, this.#answer(question));
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
    if (question.type === "get") return this.#get(question);
    if (question.type === "getBatch") return this.#batches.read(question);
    return this.#socket.send(await answerTo(question, this.#hall.store, this.#may));
  }

  async #get({ id, path, algorithm }: FromClient & { type: "get" }): Promise<void> {
    this.#assertNew(id);
    const file = await this.#hall.store.open(this.#may("read", parseName(path)));
    try {
      assertSize(path, file.size);
    } catch (error) {
      await file.close();
      throw error;
    }
    const { hashes, release } = this.#hall.hashes.use(file, algorithm);
    this.#downloads.set(id, { file, release });
    await this.#socket.send({ type: "offer", id, entry: file.entry });
    this.#sender.begin(id, file, { algorithm, hashes });
  }

  #put(put: FromClient & { type: "put" }): void {
    const { id } = put;
    try {
      this.#assertNew(id);
      const path = this.#may("write", parseName(put.path));
      const { arrivals } = this.#hall;
      if (arrivals === undefined) throw new Refusal("not-allowed", "this server is read-only");
      assertSize(path, put.size);
      const bringer: Bringer = {
        transfer: id,
        credit: this.#credit,
        say: (message) => this.#socket.send(message),
        accepted: () => void this.#socket.send({ type: "accepted", id }),
        done: () => {
          this.#arrivals.delete(id);
          void this.#socket.send({ type: "done", transfer: id });
        },
        failed: (error) => {
          this.#endArrival(id);
          this.#refuse(id, error);
        },
      };
      this.#arrivals.set(id, { incoming: arrivals.join(path, put, bringer), bringer });
    } catch (error) {
      this.#refuse(id, error as Error);
    }
  }

  #assertNew(id: number): void {
    if (this.#downloads.has(id) || this.#arrivals.has(id))
      throw new ProtocolError("bad-message", `the transfer ${id} is under way already`);
    const { maxTransfers = MAX_TRANSFERS } = this.#hall;
    if (this.#downloads.size + this.#arrivals.size >= maxTransfers)
      throw new Refusal("too-many", `${maxTransfers} transfers at a time are allowed; wait for one to end`);
  }

  readonly #may: May = (action, path) => {
    this.#visitor.assertMay(action, path);
    return path;
  };

  async #endDownload(transfer: number): Promise<void> {
    const download = this.#downloads.get(transfer);
    if (download === undefined) return;
    this.#downloads.delete(transfer);
    await this.#sender.end(transfer);
    download.release();
    await download.file.close();
  }

  #endArrival(transfer: number): void {
    const arrival = this.#arrivals.get(transfer);
    this.#arrivals.delete(transfer);
    arrival?.incoming.leave(arrival.bringer);
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
