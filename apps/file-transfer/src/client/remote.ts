// One conversation with a server, from the client's side: asks, and hands each answer to who asked. Knows no file.
import { ClosedError, giveBack, type MessageSocket } from "@socketlab/core";
import {
  CHUNK_BYTES,
  HASH_BYTES,
  MAX_TRANSFERS,
  SENDING_BLOCKS,
  type Entry,
  type FromClient,
  type FromServer,
  type HashAlgorithm,
} from "../protocol.ts";
import { Blocks } from "../transfer/blocks.ts";
import { Credit } from "../transfer/credit.ts";
import type { Sink, Source } from "../transfer/ends.ts";
import type { ChunkHashes } from "../transfer/hashes.ts";
import { Receiver, type Lane, type ReceiverOptions } from "../transfer/receiver.ts";
import { Sender } from "../transfer/sender.ts";
import { RefusedError } from "./refused-error.ts";

export type FileSocket = MessageSocket<FromServer, FromClient>;

type Question = FromClient & { type: "list" | "stat" | "remove" | "makeFolder" | "get" | "put" };
type Answer = FromServer & { type: "entries" | "entry" | "removed" | "folderMade" | "offer" | "accepted" };
type Unnumbered<Message> = Message extends { id: number } ? Omit<Message, "id"> : never;

/** Whoever waits for what is said about one number. */
interface Waiting {
  answered(answer: Answer): void;
  failed(error: Error): void;
  /** Of a transfer that this side sends: it is under its name there. */
  done?(): void;
  /** Of a transfer that this side receives. */
  lane?: { receiver: Receiver; lane: Lane };
}

export interface PutOptions {
  readonly unasked: boolean;
  /** Shared by those who send the same version of the same file. */
  readonly hashes?: ChunkHashes;
  /** So many bytes have gone out. */
  readonly onSent?: (bytes: number) => void;
  /** So many bytes are there from an earlier attempt. */
  readonly onKept?: (bytes: number) => void;
  /** Stops it: what has arrived is kept there for the next attempt. */
  readonly signal?: AbortSignal;
}

export class Remote implements AsyncDisposable {
  readonly #socket: FileSocket;
  readonly #sender: Sender;
  readonly #credit = new Credit();
  readonly #waiting = new Map<number, Waiting>();
  readonly #reading: Promise<void>;
  #lastId = 0;
  readonly #sending = new Map<number, PutOptions>();
  readonly #welcome = Promise.withResolvers<{ canWrite: boolean }>();

  constructor(socket: FileSocket) {
    this.#socket = socket;
    this.#sender = new Sender({
      say: (message) => socket.send(message),
      blocks: new Blocks({ count: SENDING_BLOCKS, bytes: HASH_BYTES + CHUNK_BYTES }),
      onFailed: (transfer, error) => {
        void socket.send({ type: "cancel", transfer, detail: error.message.slice(0, 1000) });
        this.#fail(transfer, error);
      },
      onSent: (transfer, bytes) => this.#sending.get(transfer)?.onSent?.(bytes),
      onKept: (transfer, bytes) => this.#sending.get(transfer)?.onKept?.(bytes),
    });
    this.#welcome.promise.catch(() => {});
    this.#reading = this.#read();
  }

  /** Says who one is, and learns what one may do. @throws RefusedError, ClosedError. */
  hello(token?: string): Promise<{ canWrite: boolean }> {
    this.#say({ type: "hello", ...(token !== undefined && { token }) });
    return this.#welcome.promise;
  }

  /** Asks one thing. @throws RefusedError, ClosedError. */
  ask<Type extends "list" | "stat" | "remove" | "makeFolder">(
    question: Unnumbered<Question & { type: Type }>,
  ): Promise<
    Answer & { type: { list: "entries"; stat: "entry"; remove: "removed"; makeFolder: "folderMade" }[Type] }
  > {
    const id = this.#number();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        answered: (answer) => {
          this.#waiting.delete(id);
          resolve(answer as never);
        },
        failed: reject,
      });
      this.#say({ ...question, id });
    });
  }

  /**
   * Sends a file; settles when it is complete, verified, on disk and under its name there.
   * @throws RefusedError, ClosedError, what the source throws, the signal's reason.
   */
  async put(
    file: Unnumbered<Question & { type: "put" }>,
    source: Source,
    options: PutOptions,
  ): Promise<void> {
    const id = this.#number();
    const { algorithm } = file;
    const { signal, hashes } = options;
    const shared = hashes === undefined ? {} : { hashes };
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#sending.set(id, options);
    const abort = (): void => {
      this.#say({ type: "cancel", transfer: id, detail: "it was stopped" });
      this.#fail(id, signal!.reason as Error);
    };
    signal?.addEventListener("abort", abort);
    this.#waiting.set(id, {
      answered: ({ type }) => {
        if (type === "accepted" && !options.unasked)
          this.#sender.begin(id, source, { algorithm, unasked: false, ...shared });
      },
      failed: reject,
      done: resolve,
    });
    try {
      this.#say({ ...file, id });
      if (options.unasked) this.#sender.begin(id, source, { algorithm, unasked: true, ...shared });
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#sending.delete(id);
      this.#waiting.delete(id);
      await this.#sender.end(id);
    }
  }

  /**
   * Fetches a file.
   * @param open opens what it is to be written to, when the file is known.
   * @throws RefusedError, ClosedError, what the sink throws.
   */
  async get(
    path: string,
    algorithm: HashAlgorithm,
    open: (entry: Entry) => Promise<Sink>,
    report: Pick<ReceiverOptions, "onReceived" | "onKept" | "onBadChunk"> = {},
  ): Promise<{ entry: Entry; hash: string }> {
    const id = this.#number();
    const offered = Promise.withResolvers<Entry>();
    const waiting: Waiting = {
      answered: (answer) => {
        if (answer.type === "offer") offered.resolve(answer.entry);
      },
      failed: (error) => offered.reject(error),
    };
    this.#waiting.set(id, waiting);
    try {
      this.#say({ type: "get", id, path, algorithm });
      const entry = await offered.promise;
      const receiver = new Receiver({ sink: await open(entry), algorithm, ...report });
      const lane: Lane = { transfer: id, credit: this.#credit, say: (message) => this.#socket.send(message) };
      waiting.lane = { receiver, lane };
      waiting.failed = (error) => receiver.cancel(error);
      receiver.join(lane);
      const { hash } = await receiver.received;
      this.#say({ type: "done", transfer: id });
      return { entry, hash };
    } catch (error) {
      this.#say({ type: "cancel", transfer: id, detail: (error as Error).message.slice(0, 1000) });
      throw error;
    } finally {
      this.#waiting.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    let reason: Error = new ClosedError("closed", "the server closed the conversation");
    try {
      for await (const message of this.#socket) await this.#receive(message);
      const { error } = await this.#socket.closed;
      if (error !== undefined) reason = error;
    } catch (error) {
      reason = error as Error;
      this.#socket.abort(reason);
    }
    this.#welcome.reject(reason);
    for (const id of this.#waiting.keys()) this.#fail(id, reason);
    await this.#sender.close();
  }

  async #receive(message: FromServer): Promise<void> {
    switch (message.type) {
      case "welcome":
        return this.#welcome.resolve({ canWrite: message.canWrite });
      case "want":
      case "check":
      case "sum":
        return this.#sender.receive(message);
      case "chunk":
      case "hashes":
      case "whole": {
        const lane = this.#waiting.get(message.transfer)?.lane;
        await lane?.receiver.receive(lane.lane, message);
        if (message.type === "chunk") giveBack(message.hashAndData);
        return;
      }
      case "done":
        return this.#waiting.get(message.transfer)?.done?.();
      case "cancel":
        return this.#fail(message.transfer, new RefusedError("failed", message.detail));
      case "refused": {
        const error = new RefusedError(message.code, message.detail);
        if (message.id === undefined) throw error;
        return this.#fail(message.id, error);
      }
      default:
        this.#waiting.get(message.id)?.answered(message);
    }
  }

  #fail(id: number, error: Error): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.failed(error);
  }

  #number(): number {
    this.#lastId = (this.#lastId + 1) % 2 ** 32;
    return this.#lastId;
  }

  /** Whoever waits learns of a broken conversation by its end. */
  #say(message: FromClient): void {
    void this.#socket.send(message).catch(() => {});
  }
}

/** As many files at a time as a server takes. */
export const MOST_AT_A_TIME: number = MAX_TRANSFERS / 2;
