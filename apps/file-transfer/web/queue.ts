// Which uploads are sent now, which wait for their turn, and which are tried again. Knows no file.
import { backoffMs } from "@socketlab/page-kit";
import type { Remote } from "../src/client/remote.ts";
import { SMALL_BYTES } from "../src/protocol.ts";
import type { Board } from "./board.ts";
import { meaningOf, sendUpload } from "./send-upload.ts";
import type { Upload } from "./upload.ts";

/** Of large ones more would only slow each other down. */
const LARGE_AT_A_TIME = 4;
/** With small ones it is not the network that takes time, but the disks at both its ends, each file anew. */
const SMALL_AT_A_TIME = 16;
const MOST_FAILURES = 5;

export class Queue {
  readonly #board: Board;
  readonly #onDone: (upload: Upload) => void;
  readonly #waiting = new Set<Upload>();
  readonly #running = new Map<Upload, AbortController>();
  #remote: Remote | undefined;

  /** @param onDone called when one is under its name there. */
  constructor(board: Board, onDone: (upload: Upload) => void) {
    this.#board = board;
    this.#onDone = onDone;
  }

  /** From now on uploads go this way; undefined: there is none. */
  setRemote(remote: Remote | undefined): void {
    this.#remote = remote;
    this.#pump();
  }

  get running(): Iterable<Upload> {
    return this.#running.keys();
  }

  /** To the end of the line. */
  add(upload: Upload): void {
    this.#board.show(upload, { state: "waiting", why: undefined });
    this.#waiting.add(upload);
    this.#pump();
  }

  /** Sends nothing more of it. What is to be seen of it says who calls. */
  remove(upload: Upload): void {
    this.#waiting.delete(upload);
    this.#running.get(upload)?.abort(new Stopped());
  }

  #pump(): void {
    for (const upload of this.#waiting) {
      if (this.#remote === undefined || this.#running.size >= roomFor(upload)) return;
      // Paused and gone on with before the last attempt has ended: that goes first.
      if (this.#running.has(upload)) continue;
      this.#waiting.delete(upload);
      void this.#run(upload, this.#remote);
    }
  }

  async #run(upload: Upload, remote: Remote): Promise<void> {
    const stop = new AbortController();
    this.#running.set(upload, stop);
    this.#board.show(upload, { state: "sending" });
    let sentBytes = 0;
    const onKept = (bytes: number): void => this.#board.show(upload, { sentBytes: (sentBytes += bytes) });
    const onSent = (bytes: number): void => {
      this.#board.moved(bytes);
      onKept(bytes);
    };
    try {
      await sendUpload(upload, remote, { signal: stop.signal, onKept, onSent });
      this.#board.show(upload, { state: "done", sentBytes: upload.view.size });
      this.#onDone(upload);
    } catch (error) {
      // Who stopped it has shown that already.
      if (!(error instanceof Stopped)) this.#failed(upload, remote, error as Error);
    }
    this.#running.delete(upload);
    this.#pump();
  }

  #failed(upload: Upload, remote: Remote, error: Error): void {
    if (!this.#board.has(upload)) return;
    const meaning = meaningOf(error);
    if (meaning === "lost") {
      // There will be another.
      if (this.#remote === remote) this.#remote = undefined;
      this.add(upload);
    } else if (meaning === "passing" && ++upload.failures < MOST_FAILURES) {
      this.#board.show(upload, { state: "waiting", why: error.message });
      setTimeout(() => this.#addAgain(upload), backoffMs(upload.failures - 1, Math.random()));
    } else this.#board.show(upload, { state: "refused", why: error.message });
  }

  /** Unless it was paused or cancelled meanwhile. The reason for which it waits stays to be seen. */
  #addAgain(upload: Upload): void {
    if (upload.view.state !== "waiting" || !this.#board.has(upload)) return;
    this.#waiting.add(upload);
    this.#pump();
  }
}

/** How many may be sent at a time, this one with them. */
function roomFor({ view }: Upload): number {
  return view.size <= SMALL_BYTES ? SMALL_AT_A_TIME : LARGE_AT_A_TIME;
}

/** Somebody wanted it to stop. */
class Stopped extends Error {}
