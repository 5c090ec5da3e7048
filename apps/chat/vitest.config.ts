// How chat is tested. A file of its own, since the page's build has another root.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Most of the time they wait for processes and time-outs, not for the processor.
    maxWorkers: 2,
    // A test may start several processes, each of which takes a second on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
