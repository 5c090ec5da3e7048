// Who writes which file of a NATS store, within the limits, and what is left of those that did. Knows no reader.
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { every, type Clock, type Timer } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { Turns, type Broker } from "@socketlab/nats-kit";
import { chunkAt, chunkCount } from "../transfer/chunks.ts";
import type { NatsContents } from "./nats-contents.ts";
import { isNoSpace, NatsFolders } from "./nats-folders.ts";
import type { NatsLedger } from "./nats-ledger.ts";
import { RollCall } from "./nats-roll-call.ts";
import { sweepNats } from "./nats-sweep.ts";
import {
  bytesOf,
  type KeptEntry,
  type KeptUpload,
  type NatsTree,
  type PathState,
  type Writer,
} from "./nats-tree.ts";
import { NatsUpload } from "./nats-upload.ts";
import { StoreError, type FileDescription, type Upload } from "./store.ts";
import type { Usage } from "./usage.ts";

const SWEEP_PERIOD_MS = 3_600_000;
/** What is still to be removed when the server stops is removed in this time, or by a later sweep. */
const CLOSE_TIMEOUT_MS = 2000;

export interface NatsWriterOptions {
  readonly clock: Clock;
  readonly keepMs: number;
  readonly log: Logger | undefined;
}

/** Somebody writes that path already. */
class Busy extends StoreError {
  readonly writer: Writer;

  constructor(path: string, writer: Writer) {
    super("busy", `${path} is being written by somebody else: try again when that is done`);
    this.writer = writer;
  }
}

export class NatsWriter {
  readonly folders: NatsFolders;
  readonly #ledger: NatsLedger;
  readonly #contents: NatsContents;
  readonly #usage: Usage;
  readonly #clock: Clock;
  readonly #log: Logger | undefined;
  readonly #rollCall: RollCall;
  /** Tokens of uploads of this server; undefined while they begin. */
  readonly #active = new Map<string, Upload | undefined>();
  /** Tokens of those who write no more, and have not said so. */
  readonly #gone = new Set<string>();
  readonly #drops = new Turns();
  readonly #sweepTimer: Timer;
  #dropping: Promise<void> = Promise.resolve();

  constructor(
    broker: Broker,
    ledger: NatsLedger,
    contents: NatsContents,
    usage: Usage,
    { clock, keepMs, log }: NatsWriterOptions,
  ) {
    this.folders = new NatsFolders({ ledger, contents, usage, clock, drop: (gone) => this.#drop(gone) });
    this.#ledger = ledger;
    this.#contents = contents;
    this.#usage = usage;
    this.#clock = clock;
    this.#log = log;
    this.#rollCall = new RollCall(broker, (token) => this.#active.has(token));
    const sweep = (): void => {
      const isWriting = (writer: Writer): Promise<boolean> => this.#isWriting(writer);
      void this.#later("what was left of uploads cannot be removed now", async () => {
        const gone = await sweepNats(ledger, contents, { isWriting, nowMs: clock.now(), keepMs });
        if (gone > 0) log?.info({ files: gone }, "removed what was left of uploads that nobody went on with");
      });
    };
    sweep();
    this.#sweepTimer = every(clock, SWEEP_PERIOD_MS, sweep);
  }

  async write(path: string, file: FileDescription): Promise<Upload> {
    if (path === "") throw new StoreError("not-a-file", "that is the folder that is served");
    this.#usage.check(path, file.size);
    const token = randomUUID();
    this.#active.set(token, undefined);
    try {
      const { before, content } = await this.#claim(path, file, token);
      // Who has died has not said how far it came.
      const isKnown = before === undefined || before.writer === undefined;
      const had = isKnown ? (before?.had ?? 0) : await this.#measure(content, file.size);
      const upload = new NatsUpload({ path, file, content, token, had }, this.#contents, {
        confirm: () => this.#confirm(path, token),
        finish: (isMended) => this.#end(token, this.#place(path, file, token, isMended)),
        keep: (bytes) => this.#end(token, this.#keep(path, token, bytes)),
        discard: () => this.#end(token, this.#forget(path, token)),
      });
      this.#active.set(token, upload);
      return upload;
    } catch (error) {
      // It is no longer active: if it was claimed all the same, whoever asks for it hears so.
      this.#active.delete(token);
      throw error;
    }
  }

  /** What is under way is kept for the next attempt. */
  async close(): Promise<void> {
    this.#sweepTimer.clear();
    await Promise.allSettled(Array.from(this.#active.values(), async (upload) => upload?.suspend()));
    const enough = new AbortController();
    await Promise.race([
      this.#dropping,
      delay(CLOSE_TIMEOUT_MS, undefined, { signal: enough.signal }).catch(() => {}),
    ]);
    enough.abort();
  }

  /** Makes it ours, with what there is of it. */
  async #claim(
    path: string,
    { size, mtimeMs }: FileDescription,
    token: string,
  ): Promise<{ content: string; before: KeptUpload | undefined }> {
    const fresh = randomBytes(16).toString("hex");
    const writer: Writer = { server: this.#rollCall.server, token };
    for (;;) {
      let before: KeptUpload | undefined;
      try {
        await this.#ledger.change(path, (tree) => {
          const missing = tree.missingOn(path).length;
          requireNoFolder(path, tree);
          const state = tree.state(path);
          const uploads = state?.uploads ?? [];
          const rival = uploads.find((upload) => this.#mayWrite(upload.writer))?.writer;
          if (rival !== undefined) throw new Busy(path, rival);
          before = uploads.find((upload) => upload.size === size && upload.mtimeMs === mtimeMs);
          // What replaces a file is one more for a time, which is no reason to refuse it.
          const isMore = before === undefined && state?.entry === undefined;
          const bytes = before === undefined ? size : size - bytesOf(before);
          this.folders.assertRoom(path, bytes, (isMore ? 1 : 0) + missing);
          const { content = fresh, had = 0 } = before ?? {};
          const mine: KeptUpload = { size, mtimeMs, content, had, writer, atMs: this.#clock.now() };
          return this.folders.with(state, state?.entry, [
            ...uploads.filter((upload) => upload !== before),
            mine,
          ]);
        });
        return { content: before?.content ?? fresh, before };
      } catch (error) {
        if (!(error instanceof Busy) || (await this.#isWriting(error.writer))) throw error;
        this.#gone.add(error.writer.token);
      }
    }
  }

  async #measure(content: string, size: number): Promise<number> {
    const last = Math.max(-1, ...(await this.#contents.indexes(content)));
    if (last === -1) return 0;
    const bytes = await this.#contents.get(content, last, true);
    return chunkAt(size, last).offset + (bytes?.length ?? 0);
  }

  async #place(path: string, file: FileDescription, token: string, isMended: boolean): Promise<void> {
    const { size, mtimeMs, mode } = file;
    let replaced: KeptEntry | undefined;
    await this.folders.change(path, (tree) => {
      requireNoFolder(path, tree);
      const state = tree.state(path);
      const { content } = this.#mine(path, state, token);
      replaced = state?.entry;
      const placed: KeptEntry = {
        kind: "file",
        size,
        mtimeMs,
        mode: mode & 0o777,
        content,
        ...(isMended && { isMended }),
      };
      return this.folders.with(state, placed, withoutToken(state, token));
    });
    this.#drop(replaced);
  }

  async #keep(path: string, token: string, had: number): Promise<void> {
    const keep = this.#ledger.change(path, (tree) => {
      const state = tree.state(path);
      const mine = state?.uploads?.find(({ writer }) => writer?.token === token);
      if (mine === undefined) return undefined;
      const { size, mtimeMs, content } = mine;
      const kept: KeptUpload = { size, mtimeMs, content, had, atMs: this.#clock.now() };
      return this.folders.with(state, state?.entry, [...withoutToken(state, token), kept]);
    });
    await keep.catch((error: unknown) => {
      // It stays as ours; whoever asks for it hears that nobody writes it, and counts what is there.
      if (!isNoSpace(error)) throw error;
    });
  }

  async #forget(path: string, token: string): Promise<void> {
    let mine: KeptUpload | undefined;
    await this.#ledger.change(path, (tree) => {
      const state = tree.state(path);
      mine = state?.uploads?.find(({ writer }) => writer?.token === token);
      return mine && this.folders.with(state, state?.entry, withoutToken(state, token));
    });
    this.#drop(mine);
  }

  /** @throws StoreError `busy` if it is somebody else's by now. */
  async #confirm(path: string, token: string): Promise<void> {
    await this.#ledger.sync();
    this.#mine(path, this.#ledger.tree.state(path), token);
  }

  #mine(path: string, state: PathState | undefined, token: string): KeptUpload {
    const mine = state?.uploads?.find(({ writer }) => writer?.token === token);
    if (mine === undefined)
      throw new StoreError("busy", `somebody else goes on with ${path}: this server was taken for dead`);
    return mine;
  }

  /** Whether somebody may be writing it who is to be asked. */
  #mayWrite(writer: Writer | undefined): writer is Writer {
    if (writer === undefined || this.#gone.has(writer.token)) return false;
    return writer.server !== this.#rollCall.server || this.#active.has(writer.token);
  }

  async #isWriting(writer: Writer): Promise<boolean> {
    if (!this.#mayWrite(writer)) return false;
    return writer.server === this.#rollCall.server || this.#rollCall.isWriting(writer);
  }

  async #end<T>(token: string, ending: Promise<T>): Promise<T> {
    try {
      return await ending;
    } finally {
      this.#active.delete(token);
    }
  }

  /** Nobody waits for it: what is forgotten here, a sweep finds. */
  #drop(content: Pick<KeptEntry, "content" | "size"> | undefined): void {
    const { content: id, size = 0 } = content ?? {};
    if (id === undefined || size === 0) return;
    void this.#later("chunks of a file that is gone cannot be removed now", () =>
      this.#contents.drop(id, chunkCount(size)),
    );
  }

  #later(failed: string, act: () => Promise<void>): Promise<void> {
    this.#dropping = this.#drops.take("", act).catch((error: unknown) => this.#log?.warn(error, failed));
    return this.#dropping;
  }
}

function requireNoFolder(path: string, tree: NatsTree): void {
  if (tree.entry(path)?.kind === "folder")
    throw new StoreError("exists", `there is a ${path} already, which is a folder`);
}

function withoutToken(state: PathState | undefined, token: string): KeptUpload[] {
  return (state?.uploads ?? []).filter(({ writer }) => writer?.token !== token);
}
