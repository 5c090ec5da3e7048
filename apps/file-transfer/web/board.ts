// Where all uploads are shown: how each of them stands, and what they amount to. Knows neither React nor how one is sent.
import type { Whereabouts } from "./found.ts";
import { Tally } from "./tally.ts";
import { makeUpload, type Upload } from "./upload.ts";
import type { UploadsView, UploadView } from "./upload-view.ts";

/** Nobody reads faster. */
const QUIET_MS = 100;

export class Board {
  readonly #uploads = new Map<number, Upload>();
  readonly #byPath = new Map<string, Upload>();
  readonly #listeners = new Set<() => void>();
  readonly #tally = new Tally();
  #lastId = 0;
  #missing: readonly Upload[] | undefined;
  #view: UploadsView;
  #isStale = false;

  constructor() {
    this.#view = this.#draw();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): UploadsView => this.#view;

  /** All of them; what is dropped meanwhile is no trouble. */
  get uploads(): Iterable<Upload> {
    return this.#uploads.values();
  }

  get(id: number): Upload | undefined {
    return this.#uploads.get(id);
  }

  at(path: string): Upload | undefined {
    return this.#byPath.get(path);
  }

  has({ view }: Upload): boolean {
    return this.#uploads.has(view.id);
  }

  /** Asked for each file that is dropped, and there may be many of both. */
  get missing(): readonly Upload[] {
    this.#missing ??= [...this.uploads].filter(({ view }) => view.state === "missing");
    return this.#missing;
  }

  add(
    seen: Omit<UploadView, "id" | "isKnown">,
    file: File | undefined,
    whereabouts: Whereabouts | undefined,
  ): Upload {
    const view = { ...seen, id: ++this.#lastId, isKnown: whereabouts !== undefined };
    const upload = makeUpload(view, file, whereabouts);
    this.#uploads.set(view.id, upload);
    this.#byPath.set(view.path, upload);
    this.#missing = undefined;
    this.#changed();
    return upload;
  }

  drop({ view: { id, path } }: Upload): void {
    this.#uploads.delete(id);
    this.#byPath.delete(path);
    this.#missing = undefined;
    this.#changed();
  }

  show(upload: Upload, change: Partial<UploadView>): void {
    if (upload.view.state === "missing" && change.state !== undefined) this.#missing = undefined;
    upload.view = { ...upload.view, ...change };
    this.#changed();
  }

  /** So many bytes have gone out. */
  moved(bytes: number): void {
    this.#tally.moved(bytes);
  }

  #changed(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    setTimeout(() => {
      this.#isStale = false;
      this.#view = this.#draw();
      for (const listener of this.#listeners) listener();
    }, QUIET_MS);
  }

  #draw(): UploadsView {
    const uploads = Array.from(this.uploads, ({ view }) => view);
    return { uploads, totals: this.#tally.totals(uploads, performance.now()) };
  }
}
