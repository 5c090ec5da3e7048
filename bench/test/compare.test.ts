// What becomes of a subject that fails, or that is left out, and of the goals that ask for it?
import { expect, test } from "vitest";
import type { Case } from "../cases.ts";
import { LeftOut } from "../commands/left-out.ts";
import { compare, type Measure } from "../compare.ts";
import { formatCase, formatErrors, formatGoals } from "../report.ts";

const one: Case = {
  name: "one-file",
  load: { mode: "one-file", bytes: 1e6 },
  subjects: ["curl", "rsync-get", "scp-get", "our-get"],
  goals: [
    { subject: "our-get", against: "curl", figure: "bytesPerSecond", atLeast: 0.9 },
    { subject: "our-get", against: "rsync-get", figure: "bytesPerSecond", atLeast: 1 },
    { subject: "our-get", against: "scp-get", figure: "bytesPerSecond", atLeast: 2 },
  ],
};

const measure: Measure = (subject) => {
  if (subject === "rsync-get") return Promise.reject(new LeftOut("rsync is not installed"));
  if (subject === "scp-get") return Promise.reject(new Error("no route to host"));
  return Promise.resolve({ bytesPerSecond: subject === "curl" ? 100e6 : 95e6 });
};

test("a goal is reached by its ratio, missed where a subject failed, and open where one was left out", async () => {
  const { goals } = await compare(one, 3, measure, () => {});
  expect(goals.map(({ reached }) => reached)).toEqual([true, undefined, false]);
  expect(goals[0]?.measured?.median).toBe(0.95);
});

test("what is left out is said in words beside the table, and is no error", async () => {
  const result = await compare(one, 3, measure, () => {});
  expect(formatCase(result)).toMatch(/rsync from its daemon +\| left out/);
  expect(formatCase(result)).toContain("Left out: rsync from its daemon: rsync is not installed");
  expect(formatErrors([result])).toBe("- one-file, scp from: no route to host");
  expect(formatGoals([result])).toMatch(/scp from +\| ≥ 2 +\| not measured +\| \*\*no\*\*/);
});

test("subjects take turns, and what failed once is not tried again", async () => {
  const asked: string[] = [];
  await compare(
    one,
    2,
    (subject, load) => {
      asked.push(subject);
      return measure(subject, load);
    },
    () => {},
  );
  expect(asked).toEqual(["curl", "rsync-get", "scp-get", "our-get", "curl", "our-get"]);
});
