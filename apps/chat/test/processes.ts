// The chat command as a process of its own, as a user would start it. Knows nothing of what it says.
import { killRunning, TestApp, type RunOptions } from "@socketlab/core/test-kit";
import { afterAll } from "vitest";

const app = new TestApp(new URL("../src/main.js", import.meta.url));
export const { main } = app;

afterAll(killRunning);

/** From its start to its end. */
export const chat: TestApp["run"] = (args, options) => app.run(args, options);

/** A chat server of ours at these doors, and where they really are; without `--store` among the flags it keeps nothing. */
export function startServer(
  doors: readonly string[],
  flags: readonly string[] = [],
  options?: RunOptions,
): ReturnType<TestApp["startServer"]> {
  return app.startServer(doors, ["--store", "memory", ...flags], options);
}
