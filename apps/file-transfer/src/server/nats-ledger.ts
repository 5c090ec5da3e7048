// The stream that has the last word about every path, and what this server knows of it. Knows no contents of files.
import { createHash, randomUUID } from "node:crypto";
import { ask, isOvertaken, openStream, TIMEOUT_MS, Turns, type Broker } from "@socketlab/nats-kit";
import { deleteMessage, readStream } from "./nats-messages.ts";
import { isGone, NatsTree, type PathState } from "./nats-tree.ts";
import { StoreError } from "./store.ts";
import type { Usage } from "./usage.ts";

/** So many new messages are asked for one by one, some at once; more of them are read as a stream. */
const MAX_SINGLE_READS = 256;
const READS_AT_ONCE = 32;
/** So long the broker remembers paths that are gone. */
export const REMEMBER_GONE_MS: number = 7 * 86_400_000;
/** Who has read nothing for so long may have missed some. */
const MAX_LAG_MS = REMEMBER_GONE_MS - 86_400_000;

/**
 * One message for each path, on a subject of its own, which the next one about that path replaces. A change is published
 * with the number of the last message that this server knows: the broker takes it only if nobody has written since. So
 * every change is decided on all that there is, and the servers need no other agreement.
 *
 * Nothing is followed: what is new is read when something is asked.
 */
export class NatsLedger {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #turns = new Turns();
  readonly #tree: NatsTree;
  /** The last message that the tree knows. */
  #applied = 0;
  #caughtUpMs = performance.now();
  /** Of what is being asked of the broker, for all who have asked before it began. */
  #next: Promise<void> | undefined;

  private constructor(broker: Broker, stream: string, usage: Usage, madeMs: number) {
    this.#broker = broker;
    this.#stream = stream;
    this.#tree = new NatsTree(usage, madeMs);
  }

  static async open(broker: Broker, usage: Usage): Promise<NatsLedger> {
    const { config, created } = await openStream(broker, {
      name: `${broker.name}_paths`,
      subjects: [`${broker.name}.path.*`],
      max_msgs_per_subject: 1,
      // What is read must be what the stream's leader has: a follower may not have it yet.
      allow_direct: false,
    });
    const ledger = new NatsLedger(broker, config.name, usage, Date.parse(created));
    await ledger.sync();
    return ledger;
  }

  /** As of the last `sync` or change. */
  get tree(): NatsTree {
    return this.#tree;
  }

  /** Settles when the tree knows all that was acknowledged, by any server, before this was called. */
  sync(): Promise<void> {
    this.#next ??= this.#inTurn(
      () => this.#catchUp(),
      () => (this.#next = undefined),
    );
    return this.#next;
  }

  /**
   * Writes what is to be known of a path from now on.
   *
   * @param decide on what is there now; undefined: nothing is to be written. It may be asked several times.
   */
  change(path: string, decide: (tree: NatsTree) => Omit<PathState, "path"> | undefined): Promise<void> {
    return this.#inTurn(async () => {
      for (let isFresh = false; ; isFresh = true) {
        let state: Omit<PathState, "path"> | undefined;
        try {
          state = decide(this.#tree);
        } catch (error) {
          // What is refused must be refused for what is there, not for what was there.
          if (isFresh || !(error instanceof StoreError)) throw error;
          await this.#catchUp();
          continue;
        }
        if (state === undefined && isFresh) return;
        if (state !== undefined && (await this.#publish({ path, ...state }))) return;
        await this.#catchUp();
      }
    });
  }

  /** Lets the broker forget paths that are gone. */
  async forget(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const { message } = await ask(this.#broker, `${path} cannot be forgotten`, async () => ({
        message: await this.#broker.manager.streams.getMessage(this.#stream, {
          last_by_subj: this.#subject(path),
        }),
      }));
      if (message !== null && !isGone(message.json<PathState>())) continue;
      // This very message: what somebody writes meanwhile stays.
      if (message !== null) await deleteMessage(this.#broker, this.#stream, message.seq);
      this.#tree.forget(path);
    }
  }

  /** One after the other. Who has waited too long for it is refused: while the broker is away, each takes its time. */
  async #inTurn<T>(act: () => Promise<T>, onBegin?: () => void): Promise<T> {
    const end = performance.now() + TIMEOUT_MS;
    return this.#turns.take("", () => {
      onBegin?.();
      if (performance.now() <= end) return act();
      throw new StoreError("failed", `${this.#broker.url} is too slow for all that is asked: try again`);
    });
  }

  /** @returns whether it is written; not if somebody has written meanwhile. */
  async #publish(state: PathState): Promise<boolean> {
    const payload = JSON.stringify(state);
    // A try without an answer may have succeeded: by its id the broker knows it again.
    const options = { msgID: randomUUID(), expect: { lastSequence: this.#applied } };
    const answer = await ask(this.#broker, `${state.path} cannot be changed`, () =>
      this.#broker.js.publish(this.#subject(state.path), payload, options).catch((error: unknown) => {
        if (isOvertaken(error)) return null;
        throw error;
      }),
    );
    if (answer === null) return false;
    this.#applied = answer.seq;
    this.#tree.apply(state);
    return true;
  }

  async #catchUp(): Promise<void> {
    if (performance.now() - this.#caughtUpMs > MAX_LAG_MS) throw this.#lost();
    const last = await this.#last();
    if (last - this.#applied > MAX_SINGLE_READS) await this.#readStream(last);
    else await this.#readSingly(last);
    this.#caughtUpMs = performance.now();
  }

  /** The number of the stream's last message, from its leader. */
  async #last(): Promise<number> {
    let isBehind = false;
    try {
      return await ask(this.#broker, "the files cannot be looked at", async () => {
        const { state } = await this.#broker.manager.streams.info(this.#stream);
        // One that has lost the lead, and does not know it yet, may be asked once.
        isBehind = state.last_seq < this.#applied;
        return isBehind ? undefined : state.last_seq;
      });
    } catch (error) {
      throw isBehind ? this.#lost() : error;
    }
  }

  #lost(): StoreError {
    const sentence = "is not what this server knows of it any more: start this server again";
    return new StoreError("failed", `what ${this.#broker.url} has ${sentence}`);
  }

  async #readSingly(last: number): Promise<void> {
    while (this.#applied < last) {
      const count = Math.min(READS_AT_ONCE, last - this.#applied);
      const seqs = Array.from({ length: count }, (_, index) => this.#applied + 1 + index);
      const messages = await Promise.all(
        seqs.map((seq) =>
          ask(this.#broker, "the files cannot be looked at", async () => ({
            message: await this.#broker.manager.streams.getMessage(this.#stream, { seq }),
          })),
        ),
      );
      // One that is not there was replaced by a later one.
      for (const { message } of messages) if (message !== null) this.#tree.apply(message.json<PathState>());
      this.#applied += count;
    }
  }

  async #readStream(last: number): Promise<void> {
    const from = this.#applied + 1;
    await readStream(this.#broker, this.#stream, "the files cannot be looked at", { from }, (message) => {
      if (message.seq <= this.#applied) return;
      this.#tree.apply(message.json<PathState>());
      this.#applied = message.seq;
    });
    // The last ones may be gone.
    this.#applied = Math.max(this.#applied, last);
  }

  #subject(path: string): string {
    // A path may be longer than a subject, and have what a subject may not.
    return `${this.#broker.name}.path.${createHash("sha256").update(path).digest("base64url")}`;
  }
}
