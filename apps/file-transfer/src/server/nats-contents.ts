// The chunks of all files in a NATS store: each is a message on a subject of its own. Knows no names of files.
import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { UsageError } from "@socketlab/core";
import { ask, isOvertaken, openStream, Semaphore, type Broker } from "@socketlab/nats-kit";
import { CHUNK_BYTES } from "../protocol.ts";
import { deleteMessage, readStream } from "./nats-messages.ts";

/** On their way to the broker and from it, at a time: 8 MiB. */
const MAX_CHUNKS_AT_ONCE = 16;
/** What a message has beside the chunk. */
const HEADER_BYTES = 1024;
/** So many chunks are looked up one by one to be removed; more by a pattern, for which the broker looks at every subject. */
const MAX_SINGLE_LOOKS = 2;

export class NatsContents {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #places = new Semaphore(MAX_CHUNKS_AT_ONCE);

  private constructor(broker: Broker, stream: string) {
    this.#broker = broker;
    this.#stream = stream;
  }

  /** @throws UsageError `bad-store` if the broker takes no messages of a chunk's size. */
  static async open(broker: Broker): Promise<NatsContents> {
    const { max_payload: maxPayload = Infinity } = broker.connection.info ?? {};
    if (maxPayload < CHUNK_BYTES + HEADER_BYTES)
      throw new UsageError(
        "bad-store",
        `${broker.url} takes messages of at most ${maxPayload} bytes, and a chunk of a file needs ` +
          `${CHUNK_BYTES + HEADER_BYTES}: set max_payload in the broker's configuration`,
      );
    const { config } = await openStream(broker, {
      name: `${broker.name}_chunks`,
      subjects: [`${broker.name}.chunk.*.*.*`],
      max_msgs_per_subject: 1,
      // Chunks are read from whichever copy is at hand; what a follower does not have yet, the leader has.
      allow_direct: true,
    });
    return new NatsContents(broker, config.name);
  }

  /**
   * Settles when it is kept. `bytes` may be used again then, whether it was kept or not. An empty one stands for zeros.
   *
   * @param mayReplace asked before a chunk is written over. @throws what it throws, and nothing is written.
   * @returns whether there was one.
   */
  async put(
    content: string,
    index: number,
    bytes: Uint8Array,
    id: string,
    mayReplace: () => Promise<void>,
  ): Promise<{ isReplaced: boolean }> {
    // The client library may hold on to it after we have given up.
    const payload = Buffer.from(bytes);
    const subject = this.#subject(content, index);
    const what = `chunk ${index} cannot be written`;
    for (let expected = 0, tries = 0; ; tries++) {
      const isWritten = await this.#places.run(() =>
        ask(this.#broker, what, async () => {
          try {
            await this.#broker.js.publish(subject, payload, {
              // A try without an answer may have succeeded: by its id the broker knows it again.
              msgID: `${id}.${index}.${tries}`,
              expect: { lastSubjectSequence: expected },
            });
            return true;
          } catch (error) {
            if (isOvertaken(error)) return false;
            throw error;
          }
        }),
      );
      if (isWritten) return { isReplaced: tries > 0 };
      await mayReplace();
      expected = (await this.#find(content, index, true))?.seq ?? 0;
    }
  }

  /**
   * @param isFresh whether it must be the very last that was written.
   * @returns undefined if there is none.
   */
  async get(content: string, index: number, isFresh: boolean): Promise<Uint8Array | undefined> {
    return (await this.#find(content, index, isFresh))?.data;
  }

  /** The numbers of the chunks that are there. */
  async indexes(content: string): Promise<Set<number>> {
    const subjects = await this.#subjects(`${shardOf(content)}.${content}.*`);
    return new Set(subjects.map((subject) => Number(subject.slice(subject.lastIndexOf(".") + 1))));
  }

  async drop(content: string, chunks: number): Promise<void> {
    for (const seq of await this.#sequences(content, chunks))
      await deleteMessage(this.#broker, this.#stream, seq);
  }

  async #sequences(content: string, chunks: number): Promise<number[]> {
    if (chunks <= MAX_SINGLE_LOOKS) {
      const indexes = Array.from({ length: chunks }, (_, index) => index);
      const found = await Promise.all(indexes.map((index) => this.#find(content, index, true)));
      return found.flatMap((message) => message?.seq ?? []);
    }
    const seqs = new Set<number>();
    const options = { from: 1, subject: this.#subject(content, "*"), headersOnly: true };
    await readStream(this.#broker, this.#stream, "chunks cannot be removed", options, ({ seq }) =>
      seqs.add(seq),
    );
    return [...seqs];
  }

  /** All contents of which there is a chunk, in parts. */
  async *contents(): AsyncGenerator<Set<string>> {
    for (const shard of "0123456789abcdef") {
      const subjects = await this.#subjects(`${shard}.*.*`);
      yield new Set(subjects.map((subject) => subject.split(".").at(-2)!));
    }
  }

  async #subjects(pattern: string): Promise<string[]> {
    const { state } = await ask(this.#broker, "chunks cannot be looked at", () =>
      this.#broker.manager.streams.info(this.#stream, {
        subjects_filter: `${this.#broker.name}.chunk.${pattern}`,
      }),
    );
    return Object.keys(state.subjects ?? {});
  }

  async #find(content: string, index: number, isFresh: boolean): Promise<StoredMsg | undefined> {
    const { direct, streams } = this.#broker.manager;
    // Of a single copy, all that is read is fresh.
    const isSingle = this.#broker.replicas === 1;
    const near = !isFresh || isSingle ? await this.#look(direct, content, index) : null;
    // What a follower does not have yet, the leader may have.
    const found = near ?? (isSingle ? null : await this.#look(streams, content, index));
    return found ?? undefined;
  }

  async #look(
    from: JetStreamManager["direct"] | JetStreamManager["streams"],
    content: string,
    index: number,
  ): Promise<StoredMsg | null> {
    const query = { last_by_subj: this.#subject(content, index) };
    const { message } = await this.#places.run(() =>
      ask(this.#broker, `chunk ${index} cannot be read`, async () => ({
        message: await from.getMessage(this.#stream, query),
      })),
    );
    return message;
  }

  #subject(content: string, index: number | string): string {
    return `${this.#broker.name}.chunk.${shardOf(content)}.${content}.${index}`;
  }
}

/** A sixteenth of all contents, so that nobody needs to hear of all at once. */
function shardOf(content: string): string {
  return content[0]!;
}
