// Does the same with many things, a bounded number at a time. Knows none of them.

/**
 * Calls `act` for each of `things`. What it throws ends the whole: nothing more is begun, and the first error is thrown when
 * all that were begun have ended.
 */
export async function inTurns<Thing>(
  things: Iterable<Thing>,
  atATime: number,
  act: (thing: Thing) => Promise<void>,
): Promise<void> {
  const rest = things[Symbol.iterator]();
  let isOver = false;
  const work = async (): Promise<void> => {
    for (let next = rest.next(); !isOver && next.done !== true; next = rest.next()) {
      try {
        await act(next.value);
      } catch (error) {
        isOver = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atATime }, work));
  for (const { status, reason } of ended as PromiseRejectedResult[]) if (status === "rejected") throw reason;
}
