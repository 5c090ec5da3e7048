// The hashes in a browser, in WebAssembly: crypto.subtle has no BLAKE3, and is not there at all on a page that came without
// TLS. JavaScript alone reaches a tenth of the speed. Node.js has hash.ts.
import { createBLAKE3, createSHA256 } from "hash-wasm";
import type { HashAlgorithm } from "../protocol.ts";

const [blake3, sha256] = await Promise.all([createBLAKE3(), createSHA256()]);

/** The hash of these bytes, 32 bytes: BLAKE3, or SHA-256 (FIPS 180-4). */
export function hashOf(algorithm: HashAlgorithm, data: Uint8Array): Uint8Array {
  const hasher = algorithm === "blake3" ? blake3 : sha256;
  return hasher.init().update(data).digest("binary");
}
