// A rate as people write it: so many bytes a second. Limits nothing.
import { UsageError } from "@socketlab/core";
import { parseSize } from "@socketlab/core/terminal";

// A chunk takes eight minutes at this rate; below it, a transfer could as well be said to stand still.
const LEAST = 1024;

/** `500k`, `2M`: bytes a second. @throws UsageError `bad-quantity`. */
export function parseRate(text: string): number {
  const bytesPerSecond = parseSize(text);
  if (bytesPerSecond < LEAST)
    throw new UsageError("bad-quantity", `${JSON.stringify(text)} is less than 1k, a KiB a second`);
  return bytesPerSecond;
}
