// Small files of one conversation, which come and go several in one message. Knows no disk.
import { giveBack } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { parseName } from "../paths.ts";
import {
  SMALL_BYTES,
  type FromClient,
  type FromServer,
  type Refused,
  type Verification,
} from "../protocol.ts";
import {
  BatchWriter,
  codeOf,
  isIntact,
  readBatch,
  verificationOf,
  type SmallFile,
} from "../transfer/batch.ts";
import { leaving, type Blocks } from "../transfer/blocks.ts";
import type { May } from "./gate.ts";
import { Refusal, refusalOf } from "./refusal.ts";
import type { Store, Upload } from "./store.ts";

type Batch = FromClient & { type: "batch" };
type GetBatch = FromClient & { type: "getBatch" };

export interface BatchesOptions {
  readonly store: Store;
  readonly canWrite: boolean;
  readonly may: May;
  readonly say: (message: FromServer) => Promise<void>;
  readonly blocks: Blocks;
  /** Settles when so many bytes may leave. */
  readonly pass: (bytes: number) => Promise<void>;
  /** Batches of all conversations that are being put under their names. */
  readonly finishing: Set<Promise<void>>;
  /** Aborted: the conversation is over. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

// Each has its files open until they are on the disk: at most 256 of one conversation, and 512 in all. Some systems allow a
// process 1,024.
const WRITTEN_AT_A_TIME = 4;
const WRITTEN_IN_ALL = 8;

export class Batches {
  readonly #options: BatchesOptions;
  readonly #finishing = new Set<Promise<void>>();

  constructor(options: BatchesOptions) {
    this.#options = options;
  }

  /**
   * Writes what has come. Settles when the next may come; with what settles when all of it is under its names, and answered.
   * @throws ProtocolError when it is no batch: then nothing is written.
   */
  async write({ id, verification, files: bytes }: Batch): Promise<{ finished: Promise<void> }> {
    const leave = await this.#enter();
    const refused: Refused[] = [];
    let uploads: (Upload | undefined)[];
    try {
      const algorithm = verificationOf(verification);
      uploads = await this.#beginAll(readBatch(bytes), refused, algorithm);
    } catch (error) {
      leave();
      throw error;
    }
    giveBack(bytes);
    const placed = each(uploads, refused, (upload) => upload?.finish()).finally(leave);
    return { finished: placed.then(() => this.#options.say({ type: "batchDone", id, refused })) };
  }

  /** Settles when one more batch may have its files open; @returns how to say that it has them no more. */
  async #enter(): Promise<() => void> {
    const { finishing } = this.#options;
    while (this.#finishing.size >= WRITTEN_AT_A_TIME) await Promise.race(this.#finishing);
    while (finishing.size >= WRITTEN_IN_ALL) await Promise.race(finishing);
    const { promise, resolve } = Promise.withResolvers<void>();
    const sets = [this.#finishing, finishing];
    for (const set of sets) set.add(promise);
    return () => {
      for (const set of sets) set.delete(promise);
      resolve();
    };
  }

  async #beginAll(
    files: readonly SmallFile[],
    refused: Refused[],
    algorithm: Verification,
  ): Promise<(Upload | undefined)[]> {
    const begun: Upload[] = [];
    try {
      return await each(files, refused, async (file) => {
        const upload = await this.#begin(file, algorithm);
        begun.push(upload);
        return upload;
      });
    } catch (error) {
      // The conversation ends: the names of the others must not stay busy.
      await Promise.allSettled(begun.map((upload) => upload.discard()));
      throw error;
    }
  }

  async #begin(file: SmallFile, algorithm: Verification): Promise<Upload> {
    const { store, canWrite, may, log } = this.#options;
    const path = may("write", parseName(file.path));
    if (!canWrite) throw new Refusal("not-allowed", "this server is read-only");
    const { data, mtimeMs, mode } = file;
    if (!isIntact(algorithm, file)) {
      log.warn({ path }, "a file is not what its hash says");
      throw new Refusal("bad-hash", `${path} is not what its hash says`);
    }
    const upload = await store.write(path, { size: data.length, mtimeMs, mode });
    try {
      if (data.length > 0) await upload.write(data, 0);
    } catch (error) {
      await upload.discard();
      throw error;
    }
    return upload;
  }

  /** Reads what is asked for, one after the other, and answers. */
  async read({ id, paths, algorithm }: GetBatch): Promise<void> {
    const { blocks, say, signal } = this.#options;
    const refused: Refused[] = [];
    const block = await blocks.take(signal);
    try {
      const batch = new BatchWriter(block, algorithm);
      for (const [index, path] of paths.entries())
        await orRefused(refused, index, () =>
          this.#read(path, batch, () => this.#send(id, algorithm, batch)),
        );
      await this.#send(id, algorithm, batch);
    } finally {
      blocks.give(block);
    }
    await say({ type: "batchDone", id, refused });
  }

  /** @param makeRoom sends what is in the batch. */
  async #read(path: string, batch: BatchWriter, makeRoom: () => Promise<void>): Promise<void> {
    const { store, may } = this.#options;
    const file = await store.open(may("read", parseName(path)));
    try {
      const { size } = file;
      if (size > SMALL_BYTES)
        throw new Refusal(
          "too-large",
          `${path} has ${size} bytes: with more than ${SMALL_BYTES} it goes alone`,
        );
      if (!batch.fits(path, size)) await makeRoom();
      await batch.add({ ...file.entry, path }, async (into) => {
        if ((await file.read(into, 0)) < size) throw new Refusal("changed", `${path} is shorter than it was`);
      });
    } finally {
      await file.close();
    }
  }

  async #send(id: number, algorithm: Verification, batch: BatchWriter): Promise<void> {
    if (batch.count === 0) return;
    const { pass, say } = this.#options;
    await pass(batch.files.length);
    await say({ type: "batch", id, verification: codeOf(algorithm), files: leaving(batch.files) });
    batch.clear();
  }
}

/** Does it with each, at the same time. @returns in their order; undefined for what is refused. @throws, when all have ended, what is no refusal. */
async function each<Of, Result>(
  all: readonly Of[],
  refused: Refused[],
  act: (one: Of) => Promise<Result> | undefined,
): Promise<(Result | undefined)[]> {
  const settled = await Promise.allSettled(
    all.map((one, index) => orRefused(refused, index, () => act(one))),
  );
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

async function orRefused<Result>(
  refused: Refused[],
  index: number,
  act: () => Promise<Result> | undefined,
): Promise<Result | undefined> {
  try {
    return await act();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    refused.push({ index, ...refusal });
    return undefined;
  }
}
