// The hashes in Node.js: BLAKE3 by a native package, SHA-256 by the system's library. hash-browser.ts has them for a page.
import { hash as digest } from "node:crypto";
import { blake3 } from "@napi-rs/blake-hash";
import { HASH_BYTES, type Verification } from "../protocol.ts";

const NOTHING = new Uint8Array(HASH_BYTES);

/** The hash of these bytes, 32 bytes: BLAKE3, or SHA-256 (FIPS 180-4); zeros where nothing is verified. */
export function hashOf(algorithm: Verification, data: Uint8Array): Uint8Array {
  if (algorithm === "none") return NOTHING;
  return algorithm === "blake3" ? blake3(data) : digest("sha256", data, "buffer");
}
