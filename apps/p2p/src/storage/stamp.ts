// What a file looks like from outside: whoever writes into it changes that. Opens nothing.
import type { BigIntStats } from "node:fs";

/**
 * Its number, size and times. The time of change is among them since nobody can set it back: `touch`, `cp -p` and `rsync -t`
 * set the time of modification. Two writes within the same tick of the system's clock (some milliseconds) look like one,
 * and a write through a memory map shows later.
 */
export type Stamp = string;

export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): Stamp {
  return `${ino}-${size}-${mtimeNs}-${ctimeNs}`;
}
