// A browser's File as what a sender reads from. Knows no conversation.
import { SocketlabError } from "@socketlab/core";
import type { Source } from "../src/transfer/ends.ts";

export class FileSource implements Source {
  readonly size: number;
  readonly #file: File;

  constructor(file: File) {
    this.#file = file;
    this.size = file.size;
  }

  /** @throws SocketlabError `changed`: a browser does not read a file that is no longer the one that was chosen. */
  async read(into: Uint8Array, offset: number): Promise<number> {
    const wanted = Math.min(into.length, this.size - offset);
    try {
      // To slice is to ask the browser's own process, and to wait for it: not for the whole of a small file.
      const part = wanted === this.size ? this.#file : this.#file.slice(offset, offset + wanted);
      const bytes = await part.arrayBuffer();
      into.set(new Uint8Array(bytes));
      return bytes.byteLength;
    } catch (cause) {
      throw new SocketlabError("changed", "the file has changed since it was chosen, or is gone", { cause });
    }
  }
}
