// Which files are wanted, by their numbers: 0,2,5-7, as in magnet links (BEP 53). Knows no torrent.
import { UsageError } from "@socketlab/core";

/** Ranges of numbers, `last` among them. */
export type Selection = readonly { readonly first: number; readonly last: number }[];

/** @throws UsageError `bad-quantity`. */
export function parseSelection(text: string): Selection {
  return text.split(",").map((part) => {
    const [, begin, end = begin] = /^(\d{1,9})(?:-(\d{1,9}))?$/u.exec(part.trim()) ?? [];
    const [first, last] = [Number(begin), Number(end)];
    if (begin === undefined || first > last)
      throw new UsageError(
        "bad-quantity",
        `${JSON.stringify(part)} is not the number of a file, or the first and the last of several: 0,2,5-7`,
      );
    return { first, last };
  });
}
