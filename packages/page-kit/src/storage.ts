// What the browser keeps for a page: as long as the tab lives, or longer. A browser may forbid pages to keep anything:
// then nothing is kept. Knows not what.
export type Keeper = "tab" | "browser";

const storageOf = { tab: () => sessionStorage, browser: () => localStorage };

export function kept(where: Keeper, key: string): string | undefined {
  try {
    return storageOf[where]().getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param text undefined: forget it. */
export function keep(where: Keeper, key: string, text: string | undefined): void {
  try {
    if (text === undefined) storageOf[where]().removeItem(key);
    else storageOf[where]().setItem(key, text);
  } catch {
    // Nothing is kept.
  }
}
