// Where the rows of a long list stand, when each has its own height and most were never drawn. Pure: measures nothing.

/** In place of a height that is not known. */
const GUESS_PX = 48;

export class RowHeights {
  readonly #heights = new Map<string, number>();

  /** @returns whether that is news. */
  measured(key: string, heightPx: number): boolean {
    const known = this.#heights.get(key);
    // Fractions of a pixel come and go with the zoom.
    if (known !== undefined && Math.abs(known - heightPx) < 0.5) return false;
    this.#heights.set(key, heightPx);
    return true;
  }

  /** Widths have changed: so have all heights. */
  forget(): void {
    this.#heights.clear();
  }

  /** The top of each row, and at last the bottom of the last one. */
  tops(keys: readonly { readonly key: string }[]): number[] {
    let top = 0;
    const tops = keys.map(({ key }) => {
      const at = top;
      top += this.#heights.get(key) ?? GUESS_PX;
      return at;
    });
    tops.push(top);
    return tops;
  }
}

/** The last row that begins at or above `y`: the one that covers it. @param tops ascending, at least one. */
export function rowAt(tops: readonly number[], y: number): number {
  let low = 0;
  let high = Math.max(0, tops.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
