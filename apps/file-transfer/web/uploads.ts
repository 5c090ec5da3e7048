// The files that this page sends, and what a person can do with them. Knows neither React nor socket.
import type { Remote } from "../src/client/remote.ts";
import { Board } from "./board.ts";
import type { Found } from "./found.ts";
import { Intake } from "./intake.ts";
import { Queue } from "./queue.ts";
import type { Memory } from "./remembered.ts";
import { noHashes, rememberedOf } from "./upload.ts";
import type { UploadsView, UploadView } from "./upload-view.ts";

const REMEMBER_PERIOD_MS = 500;

export class Uploads {
  readonly #memory: Memory;
  readonly #board = new Board();
  readonly #queue: Queue;
  readonly #intake: Intake;
  readonly subscribe: (listener: () => void) => () => void = this.#board.subscribe;
  readonly view: () => UploadsView = this.#board.view;

  /** @param onDone called when a file is under its name there. */
  constructor(memory: Memory, onDone: (path: string) => void) {
    this.#memory = memory;
    this.#queue = new Queue(this.#board, ({ view: { path } }) => {
      memory.forget(path);
      onDone(path);
    });
    this.#intake = new Intake(this.#board, this.#queue, memory);
    setInterval(() => this.#rememberProgress(), REMEMBER_PERIOD_MS);
  }

  /** From now on files go this way; undefined: there is none. */
  setRemote(remote: Remote | undefined): void {
    this.#queue.setRemote(remote);
  }

  /** What the page did not finish when it was last open. */
  recall(): Promise<void> {
    return this.#intake.recall();
  }

  /** @param folder into which they go */
  add(found: AsyncIterable<Found>, folder: string): Promise<void> {
    return this.#intake.add(found, folder);
  }

  pause(id: number): void {
    const upload = this.#board.get(id);
    if (upload === undefined || !isUnderWay(upload.view)) return;
    this.#board.show(upload, { state: "paused" });
    this.#queue.remove(upload);
  }

  /** Goes on with one that is paused, was refused, or is missing and known; the latter takes a click. */
  async goOn(id: number): Promise<void> {
    const upload = this.#board.get(id);
    if (upload === undefined) return;
    const { file, isFolder, view } = upload;
    upload.failures = 0;
    // It may have changed, which is what was refused.
    if (view.state === "refused") upload.hashes = noHashes(view);
    const hasContent = file !== undefined || isFolder;
    if (view.state === "paused" || (view.state === "refused" && hasContent)) this.#queue.add(upload);
    else if (view.state === "missing") await this.#intake.reopen(upload, true);
  }

  pauseAll(): void {
    for (const { view } of this.#board.uploads) this.pause(view.id);
  }

  async goOnAll(): Promise<void> {
    for (const { view } of this.#board.uploads)
      if (view.state === "paused" || (view.state === "missing" && view.isKnown)) await this.goOn(view.id);
  }

  /** Stops it, and forgets it here. */
  cancel(id: number): void {
    const upload = this.#board.get(id);
    if (upload === undefined) return;
    this.#board.drop(upload);
    this.#queue.remove(upload);
    this.#memory.forget(upload.view.path);
  }

  /** Takes those off the list that are done. */
  clear(): void {
    for (const upload of this.#board.uploads) if (upload.view.state === "done") this.#board.drop(upload);
  }

  /** From time to time, how far those are that are under way. */
  #rememberProgress(): void {
    for (const upload of this.#queue.running) {
      const isStopped = upload.view.state !== "sending" || !this.#board.has(upload);
      if (!isStopped && !upload.isFolder) this.#memory.keep(rememberedOf(upload));
    }
  }
}

function isUnderWay({ state }: UploadView): boolean {
  return state === "waiting" || state === "sending";
}
