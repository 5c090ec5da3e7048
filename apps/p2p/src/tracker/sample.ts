// Chooses some of many, each as likely as the next, in time that depends on how many are wanted. Knows nothing of what they are.

/**
 * `count` different ones of these lists (R. W. Floyd's algorithm), or all of them if they are fewer; in an order of chance, so
 * that the first of them are a choice, too.
 * @param random in [0, 1).
 */
export function sample<T>(lists: readonly (readonly T[])[], count: number, random: () => number): T[] {
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  if (total <= count) return shuffled(lists.flat(), random);
  const chosen = new Set<number>();
  for (let last = total - count; last < total; last++) {
    const at = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(at) ? last : at);
  }
  return shuffled(
    [...chosen].map((at) => nth(lists, at)),
    random,
  );
}

/** In place (R. A. Fisher, F. Yates). */
export function shuffled<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    [items[at], items[last]] = [items[last]!, items[at]!];
  }
  return items;
}

function nth<T>(lists: readonly (readonly T[])[], at: number): T {
  let rest = at;
  for (const list of lists) {
    if (rest < list.length) return list[rest]!;
    rest -= list.length;
  }
  throw new RangeError(`there are not ${at} of them`);
}
