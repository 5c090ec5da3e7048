// Calls, at the end of a tick, everybody who asked for it in that tick. Knows nothing of sockets and messages.

/** Who has something to do once all of a tick has been said. It must not throw: the others' turn comes after it. */
export interface Flushable {
  flush(): void;
}

// After all continuations that this tick still has: so a whole burst leaves in one system call.
const atEndOfTick: (callback: () => void) => void =
  typeof globalThis.process?.nextTick === "function"
    ? (callback) => process.nextTick(callback)
    : (callback) => queueMicrotask(callback);

// One call-back for all of them: after a broadcast they are as many as it has sockets.
let due: Flushable[] = [];

/** Calls `flush` of `one` at the end of this tick, once for each time that this was asked for. */
export function flushAtEndOfTick(one: Flushable): void {
  if (due.push(one) === 1) atEndOfTick(flushDue);
}

function flushDue(): void {
  const flushables = due;
  due = [];
  for (const one of flushables) one.flush();
}
