// A page's conversation over and over, in virtual time.
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Phase } from "../src/phase.ts";
import { Reconnector, type Ended } from "../src/reconnector.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
  vi.stubGlobal("window", new EventTarget());
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Plays one ending after the other. */
function conversing(...endings: readonly (Ended | Error | "open and lost")[]): {
  reconnector: Reconnector;
  names: string[];
  phases: Phase[];
} {
  const phases: Phase[] = [];
  let count = 0;
  const reconnector = new Reconnector({
    converse: async (_signal, onOpen) => {
      const ending = endings[count++];
      if (ending === undefined) return new Promise(() => {});
      if (ending === "open and lost") {
        onOpen();
        throw new Error("lost");
      }
      if (ending instanceof Error) throw ending;
      return ending;
    },
    onPhase: (phase) => phases.push(phase),
  });
  return {
    reconnector,
    phases,
    get names() {
      return phases.map(({ name }) => name);
    },
  };
}

const lost = new Error("lost");

test("after each loss it waits, and longer each time", async () => {
  const played = conversing(lost, lost, lost);
  played.reconnector.start();
  for (const waitMs of [250, 500, 1000]) {
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect(played.phases.at(-1)).toMatchObject({ name: "waiting", because: "lost" });
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(played.names.filter((name) => name === "connecting")).toHaveLength(4);
  expect(played.names.at(-1)).toBe("connecting");
});

test("once a conversation has opened, the first wait is short again", async () => {
  const played = conversing(lost, lost, "open and lost");
  played.reconnector.start();
  await vi.advanceTimersByTimeAsync(250 + 500);
  expect(played.names.at(-1)).toBe("waiting");
  await vi.advanceTimersByTimeAsync(250);
  expect(played.names.at(-1)).toBe("connecting");
});

test("what would end the same way again waits for a person", async () => {
  const played = conversing({ because: "no token", isFinal: true });
  played.reconnector.start();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(played.phases.at(-1)).toEqual({ name: "refused", because: "no token" });
  played.reconnector.retry();
  await vi.advanceTimersByTimeAsync(0);
  expect(played.names.at(-1)).toBe("connecting");
});

test("when the network is back, nobody waits", async () => {
  const played = conversing(lost);
  played.reconnector.start();
  await vi.advanceTimersByTimeAsync(0);
  window.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(0);
  expect(played.names).toEqual(["connecting", "waiting", "connecting"]);
});

test("however often it has waited, it leaves nothing behind", async () => {
  const endings = Array.from({ length: 20 }, () => lost);
  let given: AbortSignal | undefined;
  const reconnector = new Reconnector({
    converse: (signal) => {
      given = signal;
      const ending = endings.pop();
      return ending === undefined ? new Promise(() => {}) : Promise.reject(ending);
    },
    onPhase: () => {},
  });
  reconnector.start();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(endings).toEqual([]);
  expect(getEventListeners(given!, "abort")).toEqual([]);
  expect(getEventListeners(window, "online")).toEqual([]);
});

test("when it is stopped, nothing more is tried or told", async () => {
  const played = conversing(lost, lost);
  const stop = played.reconnector.start();
  await vi.advanceTimersByTimeAsync(0);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(played.names).toEqual(["connecting", "waiting"]);
});
