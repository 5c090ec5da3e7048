// BLAKE3 in a browser, in WebAssembly: crypto.subtle does not have it, and is not there at all on a page that came without
// TLS; JavaScript alone reaches a tenth of the speed. Node.js has hash.ts.
import { UsageError } from "@socketlab/core/browser";
import { createBLAKE3 } from "hash-wasm";
import type { Verification } from "../protocol.ts";

const blake3 = await createBLAKE3();

/** The BLAKE3 hash of these bytes, 32 bytes. @throws UsageError `no-sha256`: a page does not ask for it, and would have to load it. */
export function hashOf(algorithm: Verification, data: Uint8Array): Uint8Array {
  if (algorithm !== "blake3") throw new UsageError("no-sha256", "a page verifies with BLAKE3 alone");
  return blake3.init().update(data).digest("binary");
}
