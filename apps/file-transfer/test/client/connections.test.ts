// The conversations of one command: opened again when they are lost, a bounded number of times.
import { ClosedError, VirtualClock } from "@socketlab/core";
import { expect, test } from "vitest";
import { Connections } from "../../src/client/connections.ts";
import type { Remote } from "../../src/client/remote.ts";

const lost = new ClosedError("reset", "the server is gone");

function begin({ count = 1, retries = 3 } = {}) {
  const clock = new VirtualClock();
  const over = new AbortController();
  const state = { isUp: true, dialled: 0, retries: [] as number[], cut: [] as (() => void)[] };
  const dial = (): Promise<Remote> => {
    state.dialled++;
    if (!state.isUp) return Promise.reject(new ClosedError("refused", "nothing listens there"));
    const closed = Promise.withResolvers<Error>();
    const remote = { busy: 0, isOver: false, closed: closed.promise };
    state.cut.push(() => {
      remote.isOver = true;
      closed.resolve(lost);
    });
    return Promise.resolve(remote as unknown as Remote);
  };
  const connections = new Connections({
    dial,
    count,
    retries,
    signal: over.signal,
    clock,
    random: () => 1,
    onRetry: (attempt) => state.retries.push(attempt),
  });
  /** All connections break. */
  const cutAll = (): void => {
    for (const cut of state.cut.splice(0)) cut();
  };
  return { clock, over, state, connections, cutAll };
}

test("a server that is not there at first is not tried again", async () => {
  const { state, connections } = begin();
  state.isUp = false;
  await expect(connections.persist(async () => 1)).rejects.toMatchObject({ code: "refused" });
  expect(state.dialled).toBe(1);
});

test("what is lost is tried again, longer each time, until it is back; and once for all who wait", async () => {
  const { clock, state, connections, cutAll } = begin();
  const tries = [0, 0, 0];
  const act = (index: number) => async (): Promise<number> => {
    if (tries[index]!++ > 0) return index;
    state.isUp = false;
    cutAll();
    throw lost;
  };
  const done = Promise.all(tries.map((_, index) => connections.persist(act(index))));
  await clock.advance(250 + 500);
  expect(state.retries).toEqual([1, 2, 3]);
  state.isUp = true;
  await clock.advance(1000);
  expect(await done).toEqual([0, 1, 2]);
  expect(state.dialled).toBe(4);
});

test("after so many times in a row it is given up; when something moves in between they begin anew", async () => {
  const { clock, state, connections, cutAll } = begin({ retries: 2 });
  let moves = 3;
  const done = connections.persist(async () => {
    if (moves-- > 0) connections.moved();
    cutAll();
    throw lost;
  });
  done.catch(() => {});
  await clock.run(Promise.allSettled([done]));
  await expect(done).rejects.toBe(lost);
  expect(state.retries).toEqual([1, 1, 1, 2]);
});

test("what is no loss is not tried again, and nothing is when the user wants to end", async () => {
  const { over, clock, state, connections, cutAll } = begin();
  const refused = new Error("no");
  await expect(connections.persist(() => Promise.reject(refused))).rejects.toBe(refused);
  const waiting = connections.persist(async () => {
    cutAll();
    throw lost;
  });
  waiting.catch(() => {});
  await clock.advance(10);
  expect(state.retries).toEqual([1]);
  over.abort();
  await expect(waiting).rejects.toBe(lost);
});

test("of several, those that are lost are opened again while the others go on", async () => {
  const { clock, state, connections } = begin({ count: 3 });
  expect(await connections.persist(async (remotes) => remotes.length)).toBe(3);
  state.cut[0]!();
  await clock.advance(0);
  expect(await connections.persist(async (remotes) => remotes.length)).toBeGreaterThanOrEqual(2);
  await clock.advance(0);
  expect(await connections.persist(async (remotes) => remotes.length)).toBe(3);
  expect(state.retries).toEqual([]);
});
