// What comes in to be sent: files that are dropped or chosen, and those that the browser remembers. Knows no conversation.
import { below, parseName } from "../src/paths.ts";
import type { Board } from "./board.ts";
import { mayRead, openAgain, type Found } from "./found.ts";
import type { Queue } from "./queue.ts";
import type { Memory } from "./remembered.ts";
import { isSameFile, noHashes, rememberedOf, type Upload } from "./upload.ts";

export class Intake {
  readonly #board: Board;
  readonly #queue: Queue;
  readonly #memory: Memory;

  constructor(board: Board, queue: Queue, memory: Memory) {
    this.#board = board;
    this.#queue = queue;
    this.#memory = memory;
  }

  /** What the page did not finish when it was last open. */
  async recall(): Promise<void> {
    for (const { path, size, mtimeMs, sentBytes, whereabouts } of await this.#memory.all()) {
      if (this.#board.at(path) !== undefined) continue;
      const seen = { path, size, mtimeMs, sentBytes, state: "missing" } as const;
      const upload = this.#board.add(seen, undefined, whereabouts);
      await this.reopen(upload, false);
    }
  }

  /** Finds the file of one that is missing where it was, if that is known. @param mayAsk as for `mayRead`. */
  async reopen(upload: Upload, mayAsk: boolean): Promise<void> {
    const { whereabouts } = upload;
    if (whereabouts === undefined) return;
    if (!(await mayRead(whereabouts.root, mayAsk))) {
      if (mayAsk)
        this.#board.show(upload, { why: "the browser may not read it; allow it, or drop it again" });
      return;
    }
    try {
      const file = await openAgain(whereabouts);
      if (isSameFile(upload.view, { size: file.size, mtimeMs: file.lastModified })) {
        upload.file = file;
        this.#queue.add(upload);
      } else {
        const why = "the file has changed; drop it again to send it anew";
        this.#board.show(upload, { state: "refused", why });
      }
    } catch {
      this.#board.show(upload, { why: "it is not where it was; drop it again", isKnown: false });
    }
  }

  /** @param folder into which they go */
  async add(found: AsyncIterable<Found>, folder: string): Promise<void> {
    for await (const one of found) {
      const upload = this.#addOne(one, folder);
      if (!upload.isFolder) this.#memory.keep(rememberedOf(upload));
    }
  }

  #addOne({ path, file, whereabouts }: Found, folder: string): Upload {
    const [size, mtimeMs] = [file?.size ?? 0, file?.lastModified ?? 0];
    const isSame = ({ view }: Upload): boolean => isSameFile(view, { size, mtimeMs });
    // Dropped again: it goes on where it was, whichever folder one is looking at.
    const missing = this.#board.missing.find(
      (upload) => isSame(upload) && (upload.view.path === path || upload.view.path.endsWith(`/${path}`)),
    );
    if (missing !== undefined) {
      missing.file = file;
      missing.whereabouts = whereabouts;
      this.#queue.add(missing);
      return missing;
    }
    const target = below(folder, path);
    const before = this.#board.at(target);
    if (before !== undefined && before.view.state !== "done" && isSame(before)) {
      before.file = file;
      before.hashes = noHashes({ size });
      if (before.view.state === "refused" || before.view.state === "paused") this.#queue.add(before);
      return before;
    }
    if (before !== undefined) this.#replace(before);
    const seen = { path: target, size, mtimeMs, sentBytes: 0, state: "waiting" } as const;
    const upload = this.#board.add(seen, file, whereabouts);
    try {
      parseName(target);
      this.#queue.add(upload);
    } catch (error) {
      this.#board.show(upload, { state: "refused", why: (error as Error).message });
    }
    return upload;
  }

  /** Another file goes where this one went. */
  #replace(before: Upload): void {
    this.#board.drop(before);
    this.#queue.remove(before);
    this.#memory.forget(before.view.path);
  }
}
