// The name of a hash, as people write it. Computes none.
import { UsageError } from "@socketlab/core";
import { hashAlgorithms, verifications, type HashAlgorithm, type Verification } from "../protocol.ts";

/** @throws UsageError `bad-flag`. */
export function readAlgorithm(text: string): HashAlgorithm {
  return read(text, hashAlgorithms);
}

/** `none`, too: nothing is verified. @throws UsageError `bad-flag`. */
export function readVerification(text: string): Verification {
  return read(text, verifications);
}

function read<Name extends string>(text: string, names: readonly Name[]): Name {
  const algorithm = names.find((name) => name === text.toLowerCase());
  if (algorithm !== undefined) return algorithm;
  throw new UsageError("bad-flag", `${JSON.stringify(text)} is none of ${names.join(", ")}`);
}
