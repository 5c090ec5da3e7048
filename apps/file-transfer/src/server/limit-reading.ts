// A store from which files are read no faster than a rate allows: for those who send what they read. Knows no disk.
import { CHUNK_BYTES } from "../protocol.ts";
import type { RateLimit } from "../transfer/rate-limit.ts";
import type { OpenFile, Store } from "./store.ts";

/** Everything but reading is the store's own. Each file that is open has the same share of the rate. */
export function limitReading(store: Store, limit: RateLimit): Store {
  return {
    list: (path, page) => store.list(path, page),
    stat: (path) => store.stat(path),
    open: async (path) => limited(await store.open(path), limit),
    write: (path, file) => store.write(path, file),
    makeFolder: (path, folder) => store.makeFolder(path, folder),
    remove: (path, options) => store.remove(path, options),
    close: () => store.close(),
  };
}

function limited(file: OpenFile, limit: RateLimit): OpenFile {
  const over = new AbortController();
  return {
    entry: file.entry,
    version: file.version,
    size: file.size,
    async read(into, offset) {
      const part = into.subarray(0, CHUNK_BYTES);
      await limit.pass(file, Math.min(part.length, Math.max(0, file.size - offset)), over.signal);
      return file.read(part, offset);
    },
    close() {
      over.abort();
      return file.close();
    },
  };
}
