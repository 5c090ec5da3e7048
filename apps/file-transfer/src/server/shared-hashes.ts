// The hashes of files that are being sent, shared by all who send the same version of one: none reads what another has sent.
import type { Verification } from "../protocol.ts";
import { ChunkHashes } from "../transfer/hashes.ts";
import type { OpenFile } from "./store.ts";

/** They are kept as long as somebody uses them. */
export class SharedHashes {
  readonly #shared = new Map<string, { readonly hashes: ChunkHashes; users: number }>();

  /** @returns the hashes, and how to give them back. */
  use(file: OpenFile, algorithm: Verification): { hashes: ChunkHashes; release: () => void } {
    const key = JSON.stringify([file.entry.path, file.version, algorithm]);
    const shared = this.#shared.get(key) ?? { hashes: new ChunkHashes(algorithm, file.size), users: 0 };
    shared.users++;
    this.#shared.set(key, shared);
    const release = (): void => {
      if (--shared.users === 0) this.#shared.delete(key);
    };
    return { hashes: shared.hashes, release };
  }
}
