// How the tests of the whole are run.
import { defineConfig } from "vitest/config";

// Most of the time they wait for processes, installations and browsers, not for the processor.
export default defineConfig({
  test: { maxWorkers: 2, hookTimeout: 60_000, expect: { poll: { timeout: 20_000 } } },
});
