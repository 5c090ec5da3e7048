// The name of a hash, as people write it. Computes none.
import { UsageError } from "@socketlab/core";
import { hashAlgorithms, type HashAlgorithm } from "../protocol.ts";

/** @throws UsageError `bad-flag`. */
export function readAlgorithm(text: string): HashAlgorithm {
  const algorithm = hashAlgorithms.find((name) => name === text.toLowerCase());
  if (algorithm !== undefined) return algorithm;
  throw new UsageError("bad-flag", `${JSON.stringify(text)} is none of ${hashAlgorithms.join(", ")}`);
}
