// Who waits for whom: turns for one thing each, and places for all.
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Semaphore } from "../src/semaphore.ts";
import { Turns } from "../src/turns.ts";

test("what is asked about one thing is done in order, whether it succeeds or not, and about another at once", async () => {
  const turns = new Turns();
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take("a", async () => {
    await gate.promise;
    done.push("a1");
    throw new Error("a1 failed");
  });
  const second = turns.take("a", async () => done.push("a2"));
  await turns.take("b", async () => done.push("b"));
  expect(done).toEqual(["b"]);
  gate.resolve();
  await expect(first).rejects.toThrow("a1 failed");
  await second;
  expect(done).toEqual(["b", "a1", "a2"]);
});

test("there are never more at once than there are places, and who came first is next", async () => {
  const semaphore = new Semaphore(3);
  const begun: number[] = [];
  let [now, most] = [0, 0];
  const tasks = Array.from({ length: 20 }, (_, index) =>
    semaphore.run(async () => {
      begun.push(index);
      most = Math.max(most, ++now);
      await delay(1);
      now--;
      if (index % 3 === 0) throw new Error("failed");
      return index;
    }),
  );
  const outcomes = await Promise.allSettled(tasks);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(7);
  expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(most).toBe(3);
});
