// Which rows of a long list are to be drawn. Knows nothing of the page.

/** Drawn beyond what is seen, so that a quick scroll meets no gap. */
const OVERSCAN = 6;

export interface RowWindow {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

export function rowWindow(count: number, rowPx: number, scrollTopPx: number, heightPx: number): RowWindow {
  const first = Math.max(0, Math.floor(scrollTopPx / rowPx) - OVERSCAN);
  const end = Math.min(count, Math.ceil((scrollTopPx + heightPx) / rowPx) + OVERSCAN);
  return { first: Math.min(first, end), end };
}

/** Where a key press moves the selection; undefined if the key does not. */
export function moveSelection(
  key: string,
  index: number,
  count: number,
  pageRows: number,
): number | undefined {
  const to: Record<string, number> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + pageRows,
    PageUp: index - pageRows,
    Home: 0,
    End: count - 1,
  };
  const target = to[key];
  return target === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, target));
}
