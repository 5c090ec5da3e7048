// One folder of the server as the page shows it: a page of entries at a time, and what can be done with them. Knows no React.
import type { Remote } from "../src/client/remote.ts";
import { RefusedError } from "../src/client/refused-error.ts";
import type { Entry } from "../src/protocol.ts";

export interface FolderView {
  readonly path: string;
  /** Undefined: not known yet. */
  readonly entries: readonly Entry[] | undefined;
  /** How many entries come before these. */
  readonly before: number;
  readonly more: boolean;
  /** Why it cannot be shown, or why something in it could not be done. */
  readonly why: string | undefined;
}

/** Others change it, too; and the server takes a page that says nothing for one that has gone. */
const REFRESH_MS = 60_000;
/** After an upload there may be another at once. */
const SOON_MS = 1000;

export class Folder {
  readonly #listeners = new Set<() => void>();
  #remote: Remote | undefined;
  #view: FolderView;
  /** After which entry each of the pages up to this one begins. */
  #starts: { after: string | undefined; before: number }[] = [{ after: undefined, before: 0 }];
  /** Only the answer to the last question counts. */
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSoon = false;

  constructor(path: string) {
    this.#view = { path, entries: undefined, before: 0, more: false, why: undefined };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): FolderView => this.#view;

  setRemote(remote: Remote | undefined): void {
    this.#remote = remote;
    void this.#load();
  }

  go(path: string): void {
    if (path === this.#view.path) return;
    this.#starts = [{ after: undefined, before: 0 }];
    this.#show({ path, entries: undefined, before: 0, more: false, why: undefined });
    void this.#load();
  }

  next(): void {
    const { entries = [], before, more } = this.#view;
    if (!more) return;
    this.#starts.push({ after: entries.at(-1)?.path, before: before + entries.length });
    void this.#load();
  }

  previous(): void {
    if (this.#starts.length > 1) this.#starts.pop();
    void this.#load();
  }

  /** Something has arrived there. */
  changed(path: string): void {
    const { path: here } = this.#view;
    if (this.#isSoon || !(here === "" || path.startsWith(`${here}/`))) return;
    this.#schedule(SOON_MS);
    this.#isSoon = true;
  }

  async remove(path: string, recursive: boolean): Promise<void> {
    try {
      await this.#remote?.ask<"remove">({ type: "remove", path, recursive });
    } catch (error) {
      if (error instanceof RefusedError) this.#show({ why: error.message });
      return;
    }
    await this.#load();
  }

  async #load(): Promise<void> {
    this.#schedule(REFRESH_MS);
    const question = ++this.#asked;
    const { after, before } = this.#starts.at(-1)!;
    try {
      const answer = await this.#remote?.ask<"list">({
        type: "list",
        path: this.#view.path,
        ...(after !== undefined && { after }),
      });
      if (answer === undefined || question !== this.#asked) return;
      // What was there has gone: back to where there is something.
      if (answer.entries.length === 0 && before > 0) return this.previous();
      this.#show({ entries: answer.entries, before, more: answer.more, why: undefined });
    } catch (error) {
      // Without a connection, what was last known stays.
      if (question !== this.#asked || !(error instanceof RefusedError)) return;
      this.#show({ entries: [], before: 0, more: false, why: error.message });
    }
  }

  #schedule(delayMs: number): void {
    this.#isSoon = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), delayMs);
  }

  #show(change: Partial<FolderView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}
