// Standard input and output as files: through a temporary one, since a transfer needs the size before it begins, and what is
// fetched is verified before a byte of it leaves. Knows no conversation.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { writeAll, type Terminal } from "@socketlab/core/terminal";

/** The name that stands for standard input, or output. */
export const STANDARD = "-";

/** A temporary place for one file, that is gone in the end. */
export class Spool implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "spool");
  }

  static async open(): Promise<Spool> {
    return new Spool(await mkdtemp(join(tmpdir(), "file-transfer-")));
  }

  /** Settles when standard input has ended and all of it is in the file. */
  async fill({ stdin, signal }: Terminal): Promise<void> {
    await pipeline(stdin, createWriteStream(this.path, { mode: 0o600 }), { signal });
  }

  /** Settles when all of the file has gone to standard output. */
  async empty({ stdout }: Terminal): Promise<void> {
    for await (const bytes of createReadStream(this.path)) await writeAll(stdout, bytes as Uint8Array);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
